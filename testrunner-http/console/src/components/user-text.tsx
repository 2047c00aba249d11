/** Text of a user's: marks of writing direction in it do not reorder what stands around it. */
export function UserText({ children }: { children: string }) {
  return <bdi style={{ overflowWrap: "anywhere" }}>{children}</bdi>;
}
