import type { RegisteredRoute } from "./check";
import { FreeForm, isOpen, type Shape } from "./declaration";

const SHORT: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /\/subscriptions\/\{\}\/resourceGroups\/\{\}\/providers\/Microsoft\.MachineLearningServices\/workspaces\/\{\}/i,
    "{workspace}",
  ],
  [/\/subscriptions\/\{\}\/resourceGroups\/\{\}/i, "{group}"],
  [/\/subscriptions\/\{\}/i, "{subscription}"],
];

function shortened(url: string): string {
  const plain = url.replace(/:\w+/g, "{}");
  return SHORT.reduce((path, [pattern, text]) => path.replace(pattern, text), plain)
    .replace(/^.*(\/providers\/Microsoft\.(Authorization|Resources\/tags)\/)/, "{scope}$1")
    .replace(/^\/mlflow\/v\d\.0/, "/mlflow/v1.0|v2.0");
}

/** Types at several depths of scopes, and MLflow's two roots, share one. */
export function routeKey(method: string, url: string): string {
  return `${method} ${shortened(url)}`;
}

function describeShape(shape: Shape | undefined): string {
  if (shape === undefined) return "–";
  if (shape instanceof FreeForm) return `free: ${shape.why}`;
  if (shape === "any") return "any";
  const names = Object.entries(shape)
    .filter(([name]) => !["id", "name", "type", "systemData", "etag", "zones"].includes(name))
    .map(([name, inner]) =>
      name === "properties" && !isOpen(inner) ? `properties (${Object.keys(inner).sort().join(", ")})` : name,
    );
  return names.length === 0 ? "–" : names.join(", ");
}

interface Row {
  method: string;
  path: string;
  about: string;
  query: string;
  body: string;
}

export function coverageTable(routes: readonly RegisteredRoute[]): string {
  const rows = new Map<string, Row>();
  for (const { method, url, takes } of routes) {
    if (method === "HEAD" || method === "OPTIONS" || url === "*") continue;
    const path = shortened(url);
    const about = takes?.about ?? "not declared, not checked";
    const query = takes?.query?.join(", ") || "–";
    const headers = takes?.headers?.length ? `; headers ${takes.headers.join(", ")}` : "";
    const body = ["PUT", "PATCH", "POST"].includes(method) ? describeShape(takes?.body) : "–";
    const key = routeKey(method, url);
    if (rows.has(key)) continue;
    rows.set(key, { method, path, about, query: `${query}${headers}`, body });
  }
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const lines = [...rows.values()]
    .sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))
    .map(
      ({ method, path, about, query, body }) =>
        `| ${method} | \`${cell(path)}\` | ${cell(about)} | ${cell(query)} | ${cell(body)} |`,
    );
  return ["| | path | what | query | body |", "| --- | --- | --- | --- | --- |", ...lines].join("\n");
}
