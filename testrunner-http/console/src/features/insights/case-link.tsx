import Link from "@mui/material/Link";
import { Link as RouterLink, useSearchParams } from "react-router";
import { UserText } from "../../components/user-text";
import { MONO } from "../../theme";
import type { CaseName } from "./queries";

/** A case, which opens its history. */
export function CaseLink({ path, case: name }: CaseName) {
  const [params] = useSearchParams();
  const next = new URLSearchParams(params);
  next.set("path", path);
  next.set("case", name);
  return (
    <>
      <Link
        component={RouterLink}
        to={`?${next}`}
        preventScrollReset
        sx={{ fontFamily: MONO, fontSize: "0.85rem" }}
        aria-description="Opens its history"
      >
        <UserText>{name}</UserText>
      </Link>
      <FilePath path={path} />
    </>
  );
}

export function FilePath({ path }: { path: string }) {
  return (
    <span style={{ display: "block", fontFamily: MONO, fontSize: "0.78rem", opacity: 0.85 }}>
      <UserText>{path}</UserText>
    </span>
  );
}
