import { type Curve, curveText } from "../curves";
import { Markup } from "./markup";

/** Dashes of the lines, so that colour alone tells nothing: this run, then the earlier ones, newest first. */
export const dashes = ["none", "6 3", "2 2", "8 3 2 3"] as const;

/** A width at which the texts are readable in a window of 390 px, and three fit beside each other in a wide one. */
const size = { width: 360, height: 220 };

/** Turns curves into SVG. Loads the library, which ships ES modules only and needs a document, on first use. */
export async function createPlotter(): Promise<(curve: Curve) => Markup> {
  const [plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  return (curve) => {
    // The types name the browser's document; the library uses the few methods that this one has.
    const { document } = parseHTML("<!doctype html><html><body></body></html>");
    const values = curve.lines.flatMap(({ points }) => points.map(({ value }) => value));
    const svg = plot.plot({
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
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", curveText(curve));
    // The page's own style sheet has its rules: the policy of the page allows no other.
    for (const style of svg.querySelectorAll("style")) style.remove();
    return new Markup(svg.outerHTML);
  };
}

/** Values that differ by orders of magnitude need a logarithmic scale; it has no place for zero. */
function scaleOf(values: readonly number[]): { type?: "log"; tickFormat: string } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least > 0 && most / least > 50 ? { type: "log", tickFormat: "~g" } : { tickFormat: "~g" };
}
