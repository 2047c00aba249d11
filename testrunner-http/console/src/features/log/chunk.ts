import type { LogLine } from "../../api/types";

/** A piece of output, cut into lines. */
export interface Chunk {
  seq: number;
  file: number;
  case: string | null;
  stream: LogLine["stream"];
  superseded: boolean;
  /** Names the output that it is part of: a file's stream in one attempt. */
  output: string;
  /** Its first byte within that output, and the one after its last. */
  from: number;
  to: number;
  /** Its lines without their ends; the last one is empty only if it was begun and nothing is in it yet. */
  lines: string[];
  /** Its last line goes on in the next piece. */
  open: boolean;
  /** Characters that it takes. */
  size: number;
}

const encoder = new TextEncoder();

export function readChunk(line: LogLine): Chunk {
  const bytes = line.encoding === "base64" ? fromBase64(line.data) : null;
  const text = bytes ? new TextDecoder().decode(bytes) : line.data;
  const length = bytes ? bytes.length : encoder.encode(text).length;
  const open = !text.endsWith("\n");
  const lines = text.split("\n");
  if (!open) lines.pop();
  return {
    seq: line.seq,
    file: line.file,
    case: line.case ?? null,
    stream: line.stream,
    superseded: line.superseded ?? false,
    output: `${line.file} ${line.stream} ${line.epoch ?? 0}`,
    from: line.offset,
    to: line.offset + length,
    lines,
    open,
    size: text.length,
  };
}

function fromBase64(data: string): Uint8Array {
  const raw = atob(data);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
