import { memo } from "react";
import { Link } from "react-router";
import { LineText } from "./line-text";
import { lineName } from "./place";
import type { Row } from "./rows";

interface Props {
  row: Row;
  /** Path of its file. */
  path: string;
  /** Address of the line; without it the line has no number. */
  to?: string;
  marked: boolean;
  wanted: RegExp | null;
}

const STREAM: Record<Row["chunk"]["stream"], string | null> = {
  stdout: null,
  stderr: "stderr",
  runner: "runner",
};

/** A line with its number, and above it whose output begins. */
export const LogRow = memo(
  function LogRow({ row, path, to, marked, wanted }: Props) {
    const { chunk, missing } = row;
    const stream = STREAM[chunk.stream];
    return (
      <>
        {row.heads && (
          <div className="head">
            <bdi>{path}</bdi>
            {chunk.case !== null && (
              <>
                <span aria-hidden> :: </span>
                <bdi className="case">{chunk.case}</bdi>
              </>
            )}
            {chunk.superseded && <span className="label">earlier attempt, taken back</span>}
          </div>
        )}
        {missing > 0 && (
          <div className="gap">{missing.toLocaleString("en")} bytes of output were not kept here</div>
        )}
        <div
          className={`line ${chunk.stream}${chunk.superseded ? " old" : ""}${marked ? " marked" : ""}`}
          aria-current={marked ? "location" : undefined}
        >
          {to !== undefined && (
            <Link className="number" to={to} replace preventScrollReset tabIndex={marked ? 0 : -1}>
              {lineName(row)}
            </Link>
          )}
          <div className="text">
            {stream && <span className="said">{stream}: </span>}
            <LineText
              key={marked ? wanted?.source : ""}
              text={row.text}
              wanted={wanted}
              found={marked && wanted !== null}
            />
          </div>
        </div>
      </>
    );
  },
  (one, other) =>
    one.row.text === other.row.text &&
    one.row.seq === other.row.seq &&
    one.row.line === other.row.line &&
    one.row.heads === other.row.heads &&
    one.row.missing === other.row.missing &&
    one.row.chunk.superseded === other.row.chunk.superseded &&
    one.path === other.path &&
    one.to === other.to &&
    one.marked === other.marked &&
    one.wanted === other.wanted,
);
