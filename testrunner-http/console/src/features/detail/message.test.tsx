import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Message } from "./message";

it("bounds what is long until all is asked for", () => {
  render(<Message text={Array.from({ length: 300 }, (_, at) => `E   line ${at}`).join("\n")} />);
  const shown = screen.getByLabelText("What went wrong", { selector: "pre" });
  expect(shown.textContent).not.toContain("line 299");
  fireEvent.click(screen.getByText("Show all 300 lines"));
  expect(shown.textContent).toContain("line 299");
});

it("bounds one long line too", () => {
  render(<Message text={`E   ${"x".repeat(300_000)}`} />);
  expect(screen.getByLabelText("What went wrong", { selector: "pre" }).textContent?.length).toBeLessThan(
    30_000,
  );
});

it("folds a long traceback and opens a short one", () => {
  const { unmount } = render(<Message text={"E   no\na.py:1: Error"} />);
  expect(screen.getByLabelText("Traceback", { selector: "pre" }).textContent).toContain("a.py:1");
  unmount();
  render(<Message text={`E   no\n${"    way\n".repeat(100)}`} />);
  expect(screen.queryByLabelText("Traceback", { selector: "pre" })).toBeNull();
  fireEvent.click(screen.getByText("Traceback (101 lines)"));
  expect(screen.getByLabelText("Traceback", { selector: "pre" }).textContent).toContain("way");
});

it("shows markup as text", () => {
  const { container } = render(<Message text={"E   <img src=x onerror=alert(1)>"} />);
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("<img src=x");
});
