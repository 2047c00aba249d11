import Search from "@mui/icons-material/Search";
import InputAdornment from "@mui/material/InputAdornment";
import TextField from "@mui/material/TextField";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

/** Looks for Testruns: a number opens that one, anything else filters the list. */
export function SearchField() {
  const [params] = useSearchParams();
  const [text, setText] = useState(params.get("text") ?? "");
  const navigate = useNavigate();
  const submit = () => {
    const wanted = text.trim();
    if (/^#?\d+$/.test(wanted)) navigate(`/testruns/${wanted.replace("#", "")}`);
    else navigate(wanted === "" ? "/" : `/?${new URLSearchParams({ text: wanted })}`);
  };
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          size="small"
          type="search"
          placeholder="Id, user, file, label"
          value={text}
          onChange={(event) => setText(event.target.value)}
          sx={{ width: { xs: 150, md: 240 } }}
          slotProps={{
            htmlInput: { "aria-label": "Search Testruns" },
            input: {
              startAdornment: (
                <InputAdornment position="start">
                  <Search fontSize="small" />
                </InputAdornment>
              ),
            },
          }}
        />
      </form>
    </search>
  );
}
