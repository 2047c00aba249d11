import Link from "@mui/material/Link";

/** The first thing that the keyboard reaches. */
export function SkipLink() {
  return (
    <Link
      href="#main"
      sx={{
        position: "absolute",
        left: -9999,
        "&:focus": { left: 8, top: 8, zIndex: 2000, bgcolor: "background.paper", p: 1 },
      }}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}
    >
      Skip to the content
    </Link>
  );
}
