import Box from "@mui/material/Box";
import Paper from "@mui/material/Paper";
import Typography from "@mui/material/Typography";
import { type ReactNode, useId } from "react";

/** A part of the page: what it shows, of what, and the thing itself. */
export function Panel({ title, more, children }: { title: string; more?: string; children: ReactNode }) {
  const id = useId();
  return (
    <Paper
      variant="outlined"
      component="section"
      aria-labelledby={id}
      sx={{ p: { xs: 1.5, sm: 2 }, minWidth: 0 }}
    >
      <Typography id={id} variant="h2">
        {title}
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ minHeight: "1.43em", mb: 1 }}>
        {more}
      </Typography>
      <Box>{children}</Box>
    </Paper>
  );
}
