import { useState } from "preact/hooks";
import type { CurvePoint } from "../../workspaceView/thinned";
import { number } from "./format.js";

interface ChartProps {
  title: string;
  points: CurvePoint[];
  /** What the horizontal axis counts. */
  unit: string;
}

const [width, height] = [340, 150];
const [left, right, top, bottom] = [54, 8, 8, 20];

/** One curve as SVG, with a text for readers who do not see it, and the value under the pointer. */
export function Chart({ title, points, unit }: ChartProps) {
  const [hovered, setHovered] = useState<CurvePoint>();
  const [steps, values] = [points.map(([step]) => step), points.map(([, value]) => value)];
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = (value: number, from: number, to: number, size: number): number =>
    to === from ? size / 2 : ((value - from) / (to - from)) * size;
  const x = (step: number): number => left + scale(step, first, last, width - left - right);
  const y = (value: number): number => height - bottom - scale(value, low, high, height - top - bottom);
  const line = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const end = points.at(-1);
  const text = `${title}: ${points.length} values, from ${number(values[0] ?? 0)} to ${number(end?.[1] ?? 0)}, lowest ${number(low)}, highest ${number(high)}`;

  function point(event: PointerEvent): void {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    setHovered(points.reduce((a, b) => (Math.abs(x(b[0]) - at) < Math.abs(x(a[0]) - at) ? b : a)));
  }
  const shown = hovered ?? end;
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>{" "}
        {shown && (
          <span>
            {number(shown[1])}{" "}
            <small>
              at {unit} {number(shown[0])}
            </small>
          </span>
        )}
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={text}
        onPointerMove={point}
        onPointerLeave={() => setHovered(undefined)}
      >
        <path class="axis" d={`M${left},${top}V${height - bottom}H${width - right}`} />
        <text x={left - 5} y={top + 8} text-anchor="end">
          {number(high, 3)}
        </text>
        {low !== high && (
          <text x={left - 5} y={height - bottom} text-anchor="end">
            {number(low, 3)}
          </text>
        )}
        <text x={left} y={height - 5}>
          {number(first)}
        </text>
        <text x={width - right} y={height - 5} text-anchor="end">
          {number(last)}
        </text>
        <polyline class="curve" points={line} />
        {shown && <circle class="mark" cx={x(shown[0])} cy={y(shown[1])} r="3" />}
      </svg>
    </figure>
  );
}
