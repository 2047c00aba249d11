const KEY = /^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$/;

/** What is wrong with a label as it is typed; `null` when nothing is. */
export function labelTrouble(text: string): string | null {
  if (KEY.test(keyOf(text))) return null;
  return "A label is key=value or key; the key has 1 to 63 letters A to Z, digits and ./_- and begins with a letter or a digit.";
}

/** Adds a label; one of the same key is replaced. */
export function withLabel(labels: string[], text: string): string[] {
  return [...labels.filter((label) => keyOf(label) !== keyOf(text)), text];
}

function keyOf(label: string): string {
  return label.split("=", 1)[0] ?? "";
}
