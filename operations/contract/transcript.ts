import type { Json } from "./json";
import type { Recorded } from "./recorder";
import { type Known, leaks, redactJson, redactText } from "./redaction";
import type { Verdict } from "./verdict";

/** One exchange in the form of the golden exchanges of tests/local/cloud/golden. */
export interface GoldenExchange {
  name: string;
  /** `recorded: <cloud>, <date>`, or `inferred: …` for any other server. */
  provenance: string;
  /** Method, path and query. `{sub}`, `{group}` and `{ws}` are paths. */
  send: string;
  headers?: Record<string, string>;
  body?: Json;
  status: number;
  /** Headers that clients depend on. */
  has?: Record<string, string>;
  returns?: Json;
}

/** The file of one assumption (docs/azure-behaviour.md, "Transcripts"). */
export interface Transcript {
  format: 1;
  about: string;
  statement: string;
  outcome: Verdict["outcome"];
  exchanges: GoldenExchange[];
}

const keptHeaders: Readonly<Record<string, (value: string, known: Known) => string>> = {
  "azure-asyncoperation": (value, known) => redactText(value, known),
  location: (value, known) => redactText(value, known),
  "retry-after": () => "<digits>",
  "retry-after-ms": () => "<digits>",
  "x-ms-async-operation-timeout": (value) => value,
  etag: () => "<etag>",
  allow: (value) => value,
  "azureml-model-deployment": (value, known) => redactText(value, known),
};

/** Redacts recorded exchanges. `paths` are the run's own paths. Repeated polls of one address are left out. */
export function goldenExchanges(
  recorded: readonly Recorded[],
  known: Known,
  paths: { subscription: string; group: string; workspace: string },
  provenance: string,
): GoldenExchange[] {
  const shown = recorded.filter((exchange, index) => !isRepeatedPoll(exchange, recorded[index - 1]));
  return shown.map((exchange, index) => {
    const { pathname, search, origin } = new URL(exchange.url);
    const isArm = known.replacements.has(origin.toLowerCase());
    const address = `${isArm ? "" : origin}${decodeURIComponent(pathname)}`;
    const has = Object.entries(exchange.headers).flatMap(([name, value]) => {
      const keep = keptHeaders[name.toLowerCase()];
      return keep ? [[name.toLowerCase(), keep(value, known)] as const] : [];
    });
    const headers = Object.fromEntries(
      Object.entries(exchange.requestHeaders)
        .filter(([name]) => name.toLowerCase() !== "content-type")
        .map(([name, value]) => [name.toLowerCase(), redactText(value, known)]),
    );
    const shorten = (value: Json): Json => redactJson(withShortPaths(value, paths), known);
    return {
      name: `${index + 1}: ${exchange.method} ${redactText(address.split("/").slice(-2).join("/"), known)}`,
      provenance,
      send: `${exchange.method} ${redactText(shortPath(address, paths), known)}${redactText(decodeURIComponent(search), known)}`,
      ...(Object.keys(headers).length > 0 ? { headers } : {}),
      ...(exchange.requestBody === undefined ? {} : { body: shorten(exchange.requestBody) }),
      status: exchange.status,
      ...(has.length > 0 ? { has: Object.fromEntries(has) } : {}),
      ...(exchange.body === undefined ? {} : { returns: shorten(exchange.body) }),
    };
  });
}

/** The file's text. Throws if anything is left that must not be in it. */
export function transcriptText(transcript: Transcript, known: Known): string {
  const text = `${JSON.stringify(transcript, undefined, 2)}\n`;
  const found = leaks(text, known);
  if (found.length === 0) return text;
  throw new Error(
    `transcript ${transcript.about}: ${found.length} places still contain ${[...new Set(found)].join(" or ")}; the file is not written. ` +
      "Report the assumption's id, without the transcript.",
  );
}

function isRepeatedPoll(exchange: Recorded, before: Recorded | undefined): boolean {
  if (before === undefined || exchange.method !== "GET") return false;
  return before.method === "GET" && before.url === exchange.url && before.status === exchange.status;
}

/** `{ws}`, `{group}` or `{sub}` in place of the run's own path at the beginning. */
function shortPath(text: string, paths: { subscription: string; group: string; workspace: string }): string {
  for (const [name, path] of [
    ["{ws}", paths.workspace],
    ["{group}", paths.group],
    ["{sub}", paths.subscription],
  ] as const) {
    if (text === path || text.startsWith(`${path}/`)) return `${name}${text.slice(path.length)}`;
  }
  return text;
}

function withShortPaths(
  value: Json,
  paths: { subscription: string; group: string; workspace: string },
): Json {
  if (typeof value === "string") return shortPath(value, paths);
  if (Array.isArray(value)) return value.map((item: Json) => withShortPaths(item, paths));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      item === undefined ? null : withShortPaths(item as Json, paths),
    ]),
  );
}
