import Add from "@mui/icons-material/Add";
import AppBar from "@mui/material/AppBar";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Toolbar from "@mui/material/Toolbar";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { ConnectionMark } from "./connection-mark";
import { SchemeMenu } from "./scheme-menu";
import { SearchField } from "./search-field";
import { SkipLink } from "./skip-link";

const PAGES = [
  { to: "/", name: "Testruns" },
  { to: "/workers", name: "Workers" },
  { to: "/insights", name: "Insights" },
];

/** The application bar, and the page below it. */
export function Layout() {
  const { pathname } = useLocation();
  return (
    <Box sx={{ minHeight: "100vh", display: "flex", flexDirection: "column" }}>
      <SkipLink />
      <AppBar
        position="static"
        color="default"
        elevation={0}
        sx={{
          position: { md: "sticky" },
          top: 0,
          borderBottom: 1,
          borderColor: "divider",
          bgcolor: "background.paper",
        }}
      >
        <Toolbar sx={{ gap: 1, flexWrap: "wrap", py: { xs: 0.5, sm: 0 } }}>
          <Box
            component={Link}
            to="/"
            sx={{ color: "inherit", textDecoration: "none", fontWeight: 500, fontSize: "1.1rem", mr: 1 }}
          >
            TestRunner
          </Box>
          <Box component="nav" aria-label="Pages" sx={{ display: "flex" }}>
            {PAGES.map(({ to, name }) => (
              <Button
                key={to}
                component={NavLink}
                to={to}
                end={to === "/"}
                color="inherit"
                sx={{
                  minWidth: 0,
                  px: 1,
                  "&.active": { color: "primary.main", textDecoration: "underline", textUnderlineOffset: 6 },
                }}
              >
                {name}
              </Button>
            ))}
          </Box>
          <Box sx={{ flex: 1 }} />
          <SearchField key={pathname} />
          <Button component={Link} to="/new" variant="contained" startIcon={<Add />}>
            New Testrun
          </Button>
          <ConnectionMark />
          <SchemeMenu />
        </Toolbar>
      </AppBar>
      <Box
        component="main"
        id="main"
        tabIndex={-1}
        sx={{ flex: 1, width: "100%", maxWidth: 2200, mx: "auto", p: { xs: 1.5, sm: 3 }, outline: 0 }}
      >
        <Outlet />
      </Box>
    </Box>
  );
}
