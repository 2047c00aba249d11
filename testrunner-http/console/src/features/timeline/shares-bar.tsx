import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import { duration } from "../../components/time";

export interface Part {
  name: string;
  us: number;
  colour: string;
}

/** Where time went, as a bar whose parts are named below it with their figures. */
export function SharesBar({ title, parts }: { title: string; parts: Part[] }) {
  const whole = parts.reduce((sum, { us }) => sum + us, 0);
  return (
    <Box component="section" sx={{ flex: "1 1 280px", minWidth: 0 }}>
      <Typography component="h3" variant="body2" sx={{ fontWeight: 500, mb: 0.5 }}>
        {title}
      </Typography>
      <Box
        aria-hidden
        sx={{ display: "flex", height: 14, borderRadius: 1, overflow: "hidden", bgcolor: "action.hover" }}
      >
        {parts
          .filter(({ us }) => us > 0)
          .map(({ name, us, colour }) => (
            <Box key={name} sx={{ flexGrow: us, flexBasis: 0, minWidth: 2, bgcolor: colour }} />
          ))}
      </Box>
      <Box
        component="ul"
        sx={{ listStyle: "none", p: 0, m: 0, mt: 0.5, display: "flex", flexWrap: "wrap", columnGap: 2 }}
      >
        {parts.map(({ name, us, colour }) => (
          <Typography
            component="li"
            variant="body2"
            key={name}
            sx={{ display: "flex", alignItems: "center", gap: 0.75 }}
          >
            <Box aria-hidden sx={{ width: 10, height: 10, borderRadius: 0.5, bgcolor: colour }} />
            {name} {duration(us)}
            {whole > 0 && `, ${share(us / whole)}`}
          </Typography>
        ))}
      </Box>
    </Box>
  );
}

function share(part: number): string {
  if (part > 0 && part < 0.01) return "< 1 %";
  return `${Math.round(part * 100)} %`;
}
