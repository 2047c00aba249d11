import { useQuery } from "@tanstack/react-query";
import { Failure } from "../../components/failure";
import { duration } from "../../components/time";
import { CaseLink, FilePath } from "./case-link";
import type { Filter } from "./filter";
import { Panel } from "./panel";
import { slowCasesQuery, slowFilesQuery } from "./queries";
import { type Column, Rows, TestrunLink } from "./rows";
import { TookBar } from "./took-bar";
import { windowWords } from "./window-words";

interface Slow {
  runs: number;
  mean_us: number;
  max_us: number;
  last_us: number;
  last_run: number;
}

const NONE = "No test took measurable time in what was looked at.";

/** Where the time of files goes. */
export function SlowFilesPanel({ filter }: { filter: Filter }) {
  const { data, error, refetch } = useQuery(slowFilesQuery(filter));
  return (
    <Panel title="Slowest files" more={data && windowWords(data.window)}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      <Rows
        label="Slowest files"
        columns={[
          { title: "File", cell: ({ path }) => <FilePath path={path} /> },
          ...columns<NonNullable<typeof data>["files"][number]>(data?.files),
        ]}
        rows={data?.files}
        nameOf={({ path }) => path}
        none={NONE}
      />
    </Panel>
  );
}

/** Where the time of cases goes. */
export function SlowCasesPanel({ filter }: { filter: Filter }) {
  const { data, error, refetch } = useQuery(slowCasesQuery(filter));
  return (
    <Panel title="Slowest cases" more={data && windowWords(data.window)}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      <Rows
        label="Slowest cases"
        columns={[
          { title: "Case", cell: (row) => <CaseLink path={row.path} case={row.case} /> },
          ...columns<NonNullable<typeof data>["cases"][number]>(data?.cases),
        ]}
        rows={data?.cases}
        nameOf={(row) => JSON.stringify([row.path, row.case])}
        none={NONE}
      />
    </Panel>
  );
}

function columns<T extends Slow>(rows: T[] | undefined): Column<T>[] {
  const longest = Math.max(0, ...(rows ?? []).map(({ mean_us }) => mean_us));
  return [
    { title: "Mean", cell: ({ mean_us }) => <TookBar us={mean_us} longest={longest} /> },
    { title: "Longest", cell: ({ max_us }) => duration(max_us), right: true, wide: true },
    { title: "Times", cell: ({ runs }) => runs, right: true, wide: true },
    { title: "Newest", cell: ({ last_run }) => <TestrunLink id={last_run} />, right: true },
  ];
}
