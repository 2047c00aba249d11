import Box from "@mui/material/Box";
import { useQuery } from "@tanstack/react-query";
import { Failure } from "../../components/failure";
import { CaseLink } from "./case-link";
import type { Filter } from "./filter";
import { Panel } from "./panel";
import { flakyQuery } from "./queries";
import { Rows, TestrunLink } from "./rows";
import { windowWords } from "./window-words";

const MEANS = "The file had the same bytes, and the outcome differed.";

/** Cases that end now this way, now that. */
export function FlakyPanel({ filter }: { filter: Filter }) {
  const { data, error, refetch } = useQuery(flakyQuery(filter));
  return (
    <Panel title="Flaky cases" more={data && `${MEANS} ${windowWords(data.window)}`}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      <Rows
        label="Flaky cases"
        columns={[
          { title: "Case", cell: (row) => <CaseLink path={row.path} case={row.case} /> },
          { title: "Outcomes", cell: ({ good, bad }) => <GoodBad good={good} bad={bad} /> },
          { title: "Last bad", cell: ({ last_bad }) => <TestrunLink id={last_bad} />, right: true },
        ]}
        rows={data?.cases}
        nameOf={(row) => JSON.stringify([row.path, row.case, row.digest])}
        none="None: the same bytes always had the same outcome."
      />
    </Panel>
  );
}

function GoodBad({ good, bad }: { good: number; bad: number }) {
  return (
    <Box sx={{ minWidth: { xs: 84, sm: 120 } }}>
      <Box component="span" sx={{ color: "outcome.bad", fontWeight: 500 }}>
        {bad} bad
      </Box>
      {" · "}
      <Box component="span" sx={{ color: "outcome.good", fontWeight: 500 }}>
        {good} good
      </Box>
      <Box aria-hidden sx={{ display: "flex", height: 4, borderRadius: 2, overflow: "hidden", mt: 0.25 }}>
        <Box style={{ flexGrow: bad }} sx={{ bgcolor: "outcome.bad" }} />
        <Box style={{ flexGrow: good }} sx={{ bgcolor: "outcome.good" }} />
      </Box>
    </Box>
  );
}
