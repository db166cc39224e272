/** Texts for people. */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** `2 hours ago`. */
export function ago(iso: string): string {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  if (!Number.isFinite(seconds)) return "";
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** `1 h 5 min`, `4 min 2 s`, `1.2 s`. */
export function span(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor((seconds % 3600) / 60),
    seconds % 60,
  ];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** At most `digits` significant digits; small and large numbers as powers of ten. */
export function number(value: number, digits = 4): string {
  if (value === 0 || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size < 0.001 || size >= 100_000) return value.toExponential(2);
  return String(Number(value.toPrecision(digits)));
}

export const money = (value: number, currency: string): string =>
  new Intl.NumberFormat("en", { style: "currency", currency }).format(value);

/** The last part of an ARM or registry id, with the version in front of it: `name, version 3`. */
export function shortId(id: string): string {
  const [, name, version] = /([^/:]+)\/versions\/([^/]+)$/.exec(id) ?? [];
  return name && version ? `${name}, version ${version}` : (id.split("/").at(-1) ?? id);
}
