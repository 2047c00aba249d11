import ArrowDownward from "@mui/icons-material/ArrowDownward";
import Box from "@mui/material/Box";
import Fab from "@mui/material/Fab";
import Skeleton from "@mui/material/Skeleton";
import Typography from "@mui/material/Typography";
import { useCallback, useMemo, useState } from "react";
import type { Testrun } from "../../api/types";
import { Failure } from "../../components/failure";
import { useWatch } from "../../store/use-watch";
import { LogList } from "./log-list";
import { logStyles } from "./log-styles";
import { LogToolbar } from "./log-toolbar";
import { findingWords, SearchBox } from "./search-box";
import { useFind } from "./use-find";
import { useLog } from "./use-log";

/** What a Testrun, or one of its files, has written. Fills the height of what it is in. */
export function LogPane({ testrun, file }: { testrun: Testrun; file?: number }) {
  const live = testrun.status === "CREATED" || testrun.status === "RUNNING";
  useWatch(live ? [testrun.id] : NONE);
  const log = useLog(testrun.id, file, live);
  const { shown, reader, find, following } = log;
  const [wrap, setWrap] = useState(true);
  const { wanted, finding, look, stop } = useFind(
    { reader, id: testrun.id, file, from: log.from, onFound: log.goTo },
    find,
  );
  const paths = useMemo(
    () => new Map(testrun.tests?.map(({ index, path }) => [index, path])),
    [testrun.tests],
  );
  const pathOf = useCallback((at: number) => paths.get(at) ?? `file ${at}`, [paths]);
  const grow = useCallback((side: "before" | "after") => void reader.grow(side), [reader]);
  const empty = shown.rows.length === 0;
  const more = live && !following && !shown.loading && (testrun.last_seq ?? 0) > shown.after;

  return (
    <Box sx={{ height: "100%", minHeight: 0, display: "flex", flexDirection: "column" }}>
      <LogToolbar
        id={testrun.id}
        file={file}
        live={live}
        following={following}
        wrap={wrap}
        said={findingWords(finding) || log.said}
        search={
          <SearchBox
            key={find}
            text={find}
            finding={finding}
            onStop={stop}
            onLook={(text, backwards) => {
              log.setFind(text);
              void look(text, backwards);
            }}
          />
        }
        onFollow={log.setFollowing}
        onStart={log.toStart}
        onEnd={log.toEnd}
        onFailure={log.toFailure}
        onWrap={setWrap}
      />
      {shown.error && <Failure error={shown.error} retry={reader.retry} />}
      <Box
        role="log"
        aria-label="Output"
        aria-live={following ? "polite" : "off"}
        aria-busy={shown.loading}
        sx={[
          { flex: 1, minHeight: 0, position: "relative", borderTop: 1, borderColor: "divider" },
          ...styles(wrap),
        ]}
      >
        {empty && shown.loading && <Waiting />}
        {empty && !shown.loading && !shown.error && (
          <Typography sx={{ p: 2, color: "text.secondary" }}>
            {live ? "Nothing has been written yet." : "Nothing was written."}
          </Typography>
        )}
        {!empty && (
          <LogList
            key={shown.turn}
            shown={shown}
            marked={log.marked}
            wanted={wanted}
            following={following}
            pathOf={pathOf}
            linkTo={log.linkTo}
            onGrow={grow}
            onSight={log.setSight}
            onUp={log.pause}
            onStep={log.goTo}
          />
        )}
        {more && (
          <Fab
            variant="extended"
            size="small"
            color="primary"
            onClick={() => log.setFollowing(true)}
            sx={{
              position: "absolute",
              bottom: 16,
              left: "50%",
              transform: "translateX(-50%)",
              gap: 0.5,
              textTransform: "none",
            }}
          >
            <ArrowDownward fontSize="small" />
            New lines below
          </Fab>
        )}
      </Box>
    </Box>
  );
}

const NONE: number[] = [];
const STYLES = { wrap: [logStyles(true)].flat(), plain: [logStyles(false)].flat() };

function styles(wrap: boolean) {
  return wrap ? STYLES.wrap : STYLES.plain;
}

function Waiting() {
  return (
    <Box sx={{ p: 1 }}>
      {[70, 45, 60, 30, 55, 65, 40, 50].map((width) => (
        <Skeleton key={width} width={`${width}%`} height={20} />
      ))}
    </Box>
  );
}
