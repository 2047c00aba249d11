import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import type { Testrun } from "../../api/types";
import { CountsBar, words } from "../../components/counts-bar";
import type { Live } from "./live";

/** How many files are done, and how the cases ended so far. */
export function Progress({ testrun, live }: { testrun: Testrun; live: Live }) {
  const { files, cases } = testrun.counts;
  const { total, ...ended } = files;
  const done = Object.values(ended).reduce((sum, n) => sum + n, 0);
  const provisional = [...live.files.values()].reduce((sum, file) => sum + file.cases.length, 0);
  return (
    <Box sx={{ display: "flex", alignItems: "center", flexWrap: "wrap", columnGap: 1.5, minHeight: 24 }}>
      <CountsBar counts={cases} width={160} />
      <Typography variant="body2" sx={{ fontVariantNumeric: "tabular-nums" }}>
        {done === total ? count(total) : `${done.toLocaleString("en")} of ${count(total)} done`}
        {" · "}
        {words(cases)}
        {provisional > 0 && ` · ${provisional.toLocaleString("en")} provisional in files that run`}
      </Typography>
    </Box>
  );
}

function count(files: number): string {
  return files === 1 ? "1 file" : `${files.toLocaleString("en")} files`;
}
