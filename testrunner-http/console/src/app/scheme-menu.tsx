import Brightness6 from "@mui/icons-material/Brightness6";
import IconButton from "@mui/material/IconButton";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useColorScheme } from "@mui/material/styles";
import { useState } from "react";

const MODES = [
  { mode: "light", name: "Light" },
  { mode: "dark", name: "Dark" },
  { mode: "system", name: "As the system" },
] as const;

/** Light, dark, or what the system says. */
export function SchemeMenu() {
  const { mode, setMode } = useColorScheme();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton aria-label="Theme" aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        <Brightness6 />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {MODES.map((one) => (
          <MenuItem
            key={one.mode}
            selected={one.mode === mode}
            onClick={() => {
              setMode(one.mode);
              setAnchor(null);
            }}
          >
            {one.name}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
