import { createDocument } from "@mixmark-io/domino";
import { type Curve, curveText } from "../curves";
import { metricText } from "../text";
import { Markup } from "./markup";

/** Dashes of the lines, so that colour alone tells nothing: this run, then the earlier ones, newest first. */
export const dashes = ["none", "6 3", "2 2", "8 3 2 3"] as const;

/** A width at which the texts are readable in a window of 390 px, and three fit beside each other in a wide one. */
const size = { width: 360, height: 220 };

/** What is used of an element: the project has no types of a browser. */
interface SvgElement {
  outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): ArrayLike<{ remove(): void; removeAttribute(name: string): void }>;
}

/** Turns curves into SVG. Loads the library, which ships ES modules only, on first use. It needs a document. */
export async function createPlotter(): Promise<(curve: Curve) => Markup> {
  const plot = await import("@observablehq/plot");
  return (curve) => {
    const document = createDocument("");
    const values = curve.lines.flatMap(({ points }) => points.map(({ value }) => value));
    const svg: SvgElement = plot.plot({
      document,
      ...size,
      marginLeft: 52,
      className: "curve",
      ariaLabel: curve.title,
      x: { label: "step", nice: true, ticks: 5 },
      y: { label: null, grid: true, nice: true, ticks: 5, ...scaleOf(values) },
      marks: [...curve.lines].reverse().flatMap((line) => {
        const index = curve.lines.indexOf(line);
        const stroke = `var(--run-${index})`;
        const options = { x: "step", y: "value", stroke } as const;
        return [
          plot.lineY(line.points, {
            ...options,
            strokeWidth: index === 0 ? 2 : 1.5,
            strokeDasharray: dashes[index],
          }),
          ...(line.points.length <= 30
            ? [plot.dot(line.points, { ...options, fill: stroke, r: index === 0 ? 2.5 : 2 })]
            : []),
        ];
      }),
    });
    // The parts of an image have no role that allows a label; the image itself has one.
    for (const part of Array.from(svg.querySelectorAll("g[aria-label]"))) part.removeAttribute("aria-label");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", curveText(curve));
    // The page's own style sheet has its rules: the policy of the page allows no other.
    for (const style of Array.from(svg.querySelectorAll("style"))) style.remove();
    return new Markup(svg.outerHTML);
  };
}

/** Values that differ by orders of magnitude need a logarithmic scale; it has no place for zero. `0.000001` is wider than the margin. */
function scaleOf(
  values: readonly number[],
): { type: "log"; tickFormat: string } | { tickFormat(value: number): string } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least <= 0 || most / least <= 50) return { tickFormat: metricText };
  return { type: "log", tickFormat: least < 1e-4 ? "~e" : "~g" };
}
