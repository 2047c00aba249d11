import Box from "@mui/material/Box";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { duration } from "../../components/time";
import { UserText } from "../../components/user-text";
import { ticks, tickText } from "./axis";
import { Bars } from "./chart-bars";
import { type Bar, barWords, type Lane, nextBar, placeBars } from "./chart-places";
import { useWidth } from "./use-width";

const LANE_PX = 28;
const AXIS_PX = 24;

interface Props {
  lanes: Lane[];
  from: number;
  to: number;
  paths: ReadonlyMap<number, string>;
  onFile: (file: number) => void;
}

/** Slots as rows, time to the right, a bar for each file. The arrows go from bar to bar, Enter opens its file. */
export function Chart({ lanes, from, to, paths, onFile }: Props) {
  const id = useId();
  const [box, width] = useWidth();
  const names = width < 600 ? 60 : 130;
  const plot = Math.max(40, width - names - 12);
  const length = Math.max(1, to - from);
  const x = (at: number) => names + ((at - from) / length) * plot;
  const bars = useMemo(() => placeBars(lanes, to), [lanes, to]);
  const [active, setActive] = useState(0);
  const [hovered, setHovered] = useState<number | null>(null);
  const [focused, setFocused] = useState(false);
  const told = bars[hovered ?? (focused ? active : -1)];
  const press = (event: KeyboardEvent) => {
    const next = nextBar(bars, active, event.key);
    const bar = bars[active];
    if (next !== null) setActive(next);
    else if (event.key === "Enter" && bar) onFile(bar.file);
    else return;
    event.preventDefault();
  };
  const height = AXIS_PX + lanes.length * LANE_PX + 4;
  return (
    <Box ref={box}>
      <Box
        role="listbox"
        aria-label="Files by slot and time"
        aria-activedescendant={bars.length > 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={press}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onPointerLeave={() => setHovered(null)}
        sx={{
          "&:focus-visible": { outline: 2, outlineColor: "primary.main", outlineOffset: 4, borderRadius: 1 },
        }}
      >
        <svg role="presentation" width={width} height={height} style={{ display: "block", maxWidth: "100%" }}>
          <Axis length={length} x={(us) => x(from + us)} height={height} most={Math.max(2, plot / 90)} />
          <LaneNames lanes={lanes} short={names < 100} />
          <Bars
            id={id}
            bars={bars}
            lanes={lanes}
            x={x}
            to={to}
            active={focused ? active : null}
            name={(bar) => Object.values(barWords(bar, lanes, paths)).join(": ")}
            top={AXIS_PX}
            lanePx={LANE_PX}
            onHover={setHovered}
            onOpen={(bar) => onFile(bar.file)}
          />
        </svg>
      </Box>
      <Told bar={told} lanes={lanes} paths={paths} from={from} />
    </Box>
  );
}

function Axis(props: { length: number; x: (us: number) => number; height: number; most: number }) {
  return ticks(props.length, props.most).map((us) => (
    <g key={us} aria-hidden>
      <line
        x1={props.x(us)}
        x2={props.x(us)}
        y1={AXIS_PX - 6}
        y2={props.height}
        stroke="var(--mui-palette-divider)"
      />
      <text x={props.x(us) + 3} y={AXIS_PX - 10} fontSize={11} fill="var(--mui-palette-text-secondary)">
        {tickText(us)}
      </text>
    </g>
  ));
}

function LaneNames({ lanes, short }: { lanes: Lane[]; short: boolean }) {
  const workers = [...new Set(lanes.map(({ worker }) => worker))];
  return lanes.map(({ worker, slot }, at) => {
    const name = workers.length > 1 ? `Worker ${workers.indexOf(worker) + 1}, slot ${slot}` : `Slot ${slot}`;
    return (
      <text
        aria-hidden
        key={`${worker}/${slot}`}
        x={0}
        y={AXIS_PX + at * LANE_PX + LANE_PX / 2 + 4}
        fontSize={12}
        fill="var(--mui-palette-text-primary)"
      >
        {short && workers.length > 1 ? `W${workers.indexOf(worker) + 1}.${slot}` : name}
        <title>{`${worker}, slot ${slot}`}</title>
      </text>
    );
  });
}

/** What the bar that is pointed at stands for; its room is always there. */
function Told(props: { bar: Bar | undefined; lanes: Lane[]; paths: Props["paths"]; from: number }) {
  const { bar, lanes, paths, from } = props;
  const words = bar && barWords(bar, lanes, paths);
  return (
    <Box
      sx={{ minHeight: 44, pt: 0.5, fontSize: "0.85rem", color: "text.secondary", overflowWrap: "anywhere" }}
    >
      {words ? (
        <>
          <UserText>{words.path}</UserText>: {words.told}, begun after {duration(bar.from - from)}
        </>
      ) : (
        "Point at a bar, or go from bar to bar with the arrow keys; Enter opens the file."
      )}
    </Box>
  );
}
