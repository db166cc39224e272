import { DatasetError } from "./errors";
import { TransientError, shown, type Answer, type HttpClient } from "./http";

/** A file of a data set repository at one commit. */
export interface HubFile {
  path: string;
  size: number;
}

/** The hub's file API for data sets. Revisions are branches, tags or commits. */
export interface HubClient {
  /** Commit a revision stands for now. Errors: DatasetNotFound, RevisionNotFound, AccessDenied. */
  commitOf(dataset: string, revision: string): Promise<string>;
  /** All files below `path` ("" is the root); none when there is no such directory. */
  files(dataset: string, commit: string, path: string): Promise<HubFile[]>;
  /** A small text file, or undefined when the repository has none of that name. */
  text(dataset: string, commit: string, path: string): Promise<string | undefined>;
  /** Address of a file's bytes; the hub redirects it to its CDN. */
  fileUrl(dataset: string, commit: string, path: string): string;
}

/** A data set's repository as the hub API addresses it. */
interface Subject {
  kind?: "datasets" | "models";
  dataset: string;
  revision: string;
  path?: string;
}

/** Creates the hub API over an HTTP client, for data sets or for models (whose names then stand where the data set's do). */
export function createHubClient(http: HttpClient, kind: "datasets" | "models" = "datasets"): HubClient {
  const api = (dataset: string): string => `${http.endpoint}/api/${kind}/${dataset}`;
  const pages = kind === "models" ? http.endpoint : `${http.endpoint}/datasets`;

  async function commitOf(dataset: string, revision: string): Promise<string> {
    const subject = { kind, dataset, revision };
    const url = `${api(dataset)}/revision/${encodeURIComponent(revision)}`;
    const info = await http.get(url, {}, (answer) => readJson(answer, subject, http.token));
    const sha = (info as { sha?: unknown } | null)?.sha;
    if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha))
      throw notAHub(url, "it names no commit (`sha`)");
    return sha;
  }

  async function files(dataset: string, commit: string, path: string): Promise<HubFile[]> {
    const subject = { kind, dataset, revision: commit, path };
    const found: HubFile[] = [];
    const below = path ? `/${encodePath(path)}` : "";
    let url: string | undefined = `${api(dataset)}/tree/${encodeURIComponent(commit)}${below}?recursive=true`;
    while (url) {
      const page: { entries: unknown; next: string | undefined } = await http.get(url, {}, async (answer) => {
        if (isMissingEntry(answer.response)) return { entries: [], next: undefined };
        const entries = await readJson(answer, subject, http.token);
        return { entries, next: nextPage(answer) };
      });
      if (!Array.isArray(page.entries)) throw notAHub(url, "its file list is not a list");
      for (const entry of page.entries as Array<{ type?: unknown; path?: unknown; size?: unknown }>) {
        if (entry.type !== "file" || typeof entry.path !== "string" || typeof entry.size !== "number")
          continue;
        found.push({ path: entry.path, size: entry.size });
      }
      url = page.next;
    }
    return found;
  }

  async function text(dataset: string, commit: string, path: string): Promise<string | undefined> {
    const subject = { kind, dataset, revision: commit, path };
    return http.get(fileUrl(dataset, commit, path), {}, async (answer) => {
      if (isMissingEntry(answer.first) || isMissingEntry(answer.response)) return undefined;
      if (!answer.response.ok) throw await refusal(answer, subject, http.token);
      return (await readAll(answer)).toString("utf8");
    });
  }

  function fileUrl(dataset: string, commit: string, path: string): string {
    return `${pages}/${dataset}/resolve/${encodeURIComponent(commit)}/${encodePath(path)}`;
  }

  return { commitOf, files, text, fileUrl };
}

/** What a refusal (4xx) of the hub means, from its `X-Error-Code` header and status, as `huggingface_hub` reads them. */
export async function refusal(
  answer: Answer,
  subject: Subject,
  token: string | undefined,
): Promise<DatasetError> {
  const { response } = answer;
  const code = response.headers.get("x-error-code");
  const said = response.headers.get("x-error-message") ?? (await bodyMessage(answer));
  const { dataset, revision } = subject;
  const [what, option] = subject.kind === "models" ? ["model", "--tokenizer"] : ["data set", "--dataset"];
  const refused = (): DatasetError => denied(what, dataset, response.status, said, token);
  if (code === "RevisionNotFound") {
    return new DatasetError(
      "RevisionNotFound",
      `${what} ${dataset} has no revision ${JSON.stringify(revision)}`,
      "Give --revision a branch, tag or commit of that data set; `main` is the default.",
    );
  }
  if (code === "EntryNotFound") {
    return new DatasetError(
      "HubAnswer",
      `${what} ${dataset} has no file ${subject.path} at ${revision}`,
      "Run again; if it stays, the repository is damaged: choose another --revision.",
    );
  }
  // Beyond the redirect it is not the hub that refuses: its signed address has expired, or something in between says no.
  if (code === null && subject.path && response !== answer.first) {
    return new DatasetError(
      "HubAnswer",
      `${new URL(answer.url).host}, where the hub keeps ${subject.path}, answered ${response.status}${said ? `: ${said}` : ""}`,
      "Run again; if it stays, a proxy or firewall in between forbids that host.",
    );
  }
  if (code === "GatedRepo" || response.status === 403) return refused();
  if (code === "RepoNotFound" || response.status === 404 || response.status === 401) {
    const refusedToken = response.status === 401 && code !== "RepoNotFound" && token;
    if (refusedToken) return refused();
    return new DatasetError(
      subject.kind === "models" ? "Tokenizer" : "DatasetNotFound",
      `the hub at ${new URL(answer.url).host} has no ${what} ${JSON.stringify(dataset)}, or it is private`,
      `Check the spelling of ${option} (namespace/name); if it is private, set HF_TOKEN to a token that may read it.`,
    );
  }
  return new DatasetError(
    "HubAnswer",
    `the hub answered ${response.status} for ${shown(answer.url)}${said ? `: ${said}` : ""}`,
    "Check HF_ENDPOINT and the options.",
  );
}

function denied(
  what: string,
  name: string,
  status: number,
  said: string | undefined,
  token: string | undefined,
): DatasetError {
  return new DatasetError(
    "AccessDenied",
    `the hub refuses ${what} ${name} (${status}${said ? `: ${said}` : ""})`,
    token
      ? `Accept the terms on the ${what}'s page, and check that HF_TOKEN is valid and may read ${name}.`
      : `Accept the terms on the ${what}'s page, and set HF_TOKEN to a token that may read ${name}.`,
  );
}

async function readJson(answer: Answer, subject: Subject, token: string | undefined): Promise<unknown> {
  if (!answer.response.ok) throw await refusal(answer, subject, token);
  const text = (await readAll(answer)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notAHub(answer.url, "its answer is not JSON", error);
  }
}

/** The whole body; a body shorter than announced is a transient failure. */
async function readAll(answer: Answer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.body()) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  const announced = answer.response.headers.get("content-length");
  const encoded = answer.response.headers.get("content-encoding");
  if (announced && !encoded && Number(announced) !== whole.length) {
    throw new TransientError(`received ${whole.length} of ${announced} bytes`);
  }
  return whole;
}

async function bodyMessage(answer: Answer): Promise<string | undefined> {
  if (answer.response.bodyUsed) return undefined;
  const text = (await readAll(answer)).toString("utf8");
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? error : undefined;
  } catch {
    return text.length > 0 && text.length < 200 && !text.includes("<") ? text : undefined;
  }
}

function isMissingEntry(response: Response): boolean {
  return response.status === 404 && response.headers.get("x-error-code") === "EntryNotFound";
}

/** The hub pages its lists by a `Link: <…>; rel="next"` header. */
function nextPage(answer: Answer): string | undefined {
  const link = answer.response.headers.get("link");
  const next = link && /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1];
  return next ? new URL(next, answer.url).href : undefined;
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function notAHub(url: string, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "HubAnswer",
    `${shown(url)} does not answer as a Hugging Face hub does: ${why}`,
    "Check HF_ENDPOINT (default https://huggingface.co) and any proxy in between.",
    { cause },
  );
}
