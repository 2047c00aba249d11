import { OUTCOME } from "../../components/outcome";
import type { Bar, Lane } from "./chart-places";

interface Props {
  id: string;
  bars: Bar[];
  lanes: Lane[];
  x: (at: number) => number;
  to: number;
  active: number | null;
  name: (bar: Bar) => string;
  top: number;
  lanePx: number;
  onHover: (bar: number | null) => void;
  onOpen: (bar: Bar) => void;
}

/** Items as pale beds, the files that they ran upon them. */
export function Bars({ id, bars, lanes, x, to, active, name, top, lanePx, onHover, onOpen }: Props) {
  return (
    <>
      {lanes.map(({ items }, lane) =>
        items.map((span) => (
          <rect
            key={`${span.item}/${span.epoch}`}
            aria-hidden
            x={x(span.from)}
            width={Math.max(1, x(span.to ?? to) - x(span.from))}
            y={top + lane * lanePx + 3}
            height={lanePx - 6}
            rx={3}
            fill="var(--mui-palette-action-selected)"
          />
        )),
      )}
      {bars.map((bar, at) => (
        <rect
          key={`${bar.file}/${bar.epoch}`}
          role="option"
          id={`${id}-${at}`}
          aria-selected={at === active}
          aria-label={name(bar)}
          x={x(bar.from)}
          width={Math.max(1.5, x(bar.until) - x(bar.from) - 0.5)}
          y={top + bar.lane * lanePx + 6}
          height={lanePx - 12}
          rx={2}
          fill={`var(--mui-palette-outcome-${tone(bar)})`}
          opacity={bar.outcome === null && bar.to !== null ? 0.4 : 1}
          stroke={at === active ? "var(--mui-palette-text-primary)" : "none"}
          strokeWidth={at === active ? 3 : 0}
          style={{ cursor: "pointer" }}
          onPointerEnter={() => onHover(at)}
          onClick={() => onOpen(bar)}
        />
      ))}
    </>
  );
}

function tone(bar: Bar): string {
  if (bar.outcome) return OUTCOME[bar.outcome].tone;
  return bar.to === null ? "live" : "odd";
}
