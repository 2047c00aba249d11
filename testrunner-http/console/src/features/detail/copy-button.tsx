import ContentCopy from "@mui/icons-material/ContentCopy";
import Button from "@mui/material/Button";
import { useNotify } from "../../components/notices";

/** Copies a text whose use its name tells. */
export function CopyButton({ name, text }: { name: string; text: string }) {
  const notify = useNotify();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notify(`Copied: ${text}`);
    } catch {
      notify(`The browser does not let this page copy. It would be: ${text}`, "error");
    }
  };
  return (
    <Button size="small" variant="outlined" startIcon={<ContentCopy />} onClick={() => void copy()}>
      {name}
    </Button>
  );
}
