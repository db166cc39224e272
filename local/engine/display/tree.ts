import { stripVTControlCharacters } from "node:util";
import type { Step } from "./events";
import { isHidden } from "./text";
import { parseUrn } from "../values/urn";
import type { Value } from "../values/values";

export type Row = {
  step: Step;
  phase: "known" | "running" | "done" | "failed";
  /** performance.now() when the step began. */
  since: number;
  seconds: number;
  status: string;
  /** The half of a replacement that is done. */
  half?: Step;
  /** The number of shown parents above it. */
  depth: number;
};

/** The resources of a run in the order of their first step, each below its parents. */
export function createTree() {
  const rows = new Map<string, Row>();
  const children = new Map<string, Set<string>>([["", new Set()]]);

  const place = (step: Step): Row => {
    const parent = step.next?.parent ?? step.old?.parent ?? "";
    if (parent && !rows.has(parent)) {
      const { type, name } = parseUrn(parent);
      place({ operation: "same", urn: parent, type, name });
    }
    if (parent) children.get("")?.delete(step.urn);
    if (parent || !rows.has(step.urn))
      children.set(parent, (children.get(parent) ?? new Set()).add(step.urn));
    const row = rows.get(step.urn) ?? { step, phase: "known", since: 0, seconds: 0, status: "", depth: 0 };
    rows.set(step.urn, row);
    return row;
  };

  const begin = (step: Step): void => {
    if (isHidden(step)) return;
    Object.assign(place(step), { step, phase: "running", since: performance.now(), status: "" });
  };

  const end = (step: Step, seconds: number, failed: boolean): void => {
    if (isHidden(step)) return;
    const row = place(step);
    if (step.operation === "same" && row.phase === "done") return;
    const half = ["create-replacement", "delete-replaced"].includes(step.operation) && !failed;
    // The two halves of a replacement are one change of one resource.
    const made = [row.half, step].find((part) => part?.operation === "create-replacement");
    const whole = half && row.half && made ? { ...made, operation: "replace" as const } : step;
    row.seconds = whole === step ? seconds : row.seconds + seconds;
    Object.assign(row, { step: whole, phase: failed ? "failed" : "done" });
    if (half) row.half = step;
  };

  /** The visible rows below `urn`: rows with changes or in progress, and their parents. */
  const below = (urn: string, depth: number): Row[] =>
    [...(children.get(urn) ?? [])].flatMap((child) => {
      const row = rows.get(child);
      const inner = below(child, depth + 1);
      const isVisible = row?.phase !== "known" && (row?.phase !== "done" || row.step.operation !== "same");
      return row && (isVisible || inner.length > 0) ? [Object.assign(row, { depth }), ...inner] : inner;
    });
  const running = (): Row[] => [...rows.values()].filter(({ phase }) => phase === "running");

  return {
    begin,
    end,
    running,
    /** With `room`, at most that many: running ones, then the most recent ones, in tree order. */
    visible: (room = Infinity): Row[] => {
      const all = below("", 0);
      if (all.length <= room) return all;
      const rank = (row: Row): number => (row.phase === "running" ? Infinity : row.since);
      const kept = new Set([...all].sort((a, b) => rank(b) - rank(a)).slice(0, Math.max(1, room)));
      return all.filter((row) => kept.has(row));
    },
    /** A provider's `[<label>] text`; false if no running resource matches. */
    takeStatus: (line: string): boolean => {
      const [, label, text = ""] = /^\[([^\]]+)\]\s*(.*)$/.exec(stripVTControlCharacters(line)) ?? [];
      const row = label === undefined ? undefined : rowOfLabel(label, running());
      if (row) row.status = text.trim();
      return row !== undefined;
    },
  };
}

/** By logical name, else by an input: providers of dynamic resources know only the inputs. */
function rowOfLabel(label: string, rows: readonly Row[]): Row | undefined {
  const mentions = (value: Value): boolean => {
    if (typeof value !== "string" || value.length < 4) return false;
    return value === label || value.endsWith(`/${label}`) || label.startsWith(`${value}-`);
  };
  return (
    rows.find(({ step }) => step.name === label) ??
    rows.find(({ step }) => Object.values(step.next?.inputs ?? step.old?.inputs ?? {}).some(mentions))
  );
}
