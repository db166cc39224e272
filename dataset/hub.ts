import { DatasetError } from "./errors";
import { TransientError, type Answer, type HttpClient } from "./http";
import { withoutQuery } from "./httpErrors";

/** A file of a data set repository at one commit. */
export interface HubFile {
  path: string;
  size: number;
}

/** The hub's file API. Revisions are branches, tags or commits. */
export interface HubClient {
  /** The current commit of a revision. Errors: DatasetNotFound, RevisionNotFound, AccessDenied. */
  commitOf(dataset: string, revision: string): Promise<string>;
  /** The same, and whether everybody may read the data set. Errors: as `commitOf`. */
  info(dataset: string, revision: string): Promise<RepositoryInfo>;
  /** All files below `path` ("" is the root); an empty list if the directory does not exist. */
  files(dataset: string, commit: string, path: string): Promise<HubFile[]>;
  /** The text of a small file; undefined if the repository has no such file. */
  text(dataset: string, commit: string, path: string): Promise<string | undefined>;
  /** URL of a file's bytes. The hub redirects it to its CDN. */
  fileUrl(dataset: string, commit: string, path: string): string;
}

interface RepositoryInfo {
  commit: string;
  /**
   * True if the hub reports `private: false` and `gated: false` (`DatasetInfo` of huggingface_hub). A hub that does not report
   * both, such as a mirror, may contain anything, so its data sets are not public.
   */
  isPublic: boolean;
}

/** The repository, revision and file that a request is about. */
interface Subject {
  kind?: "datasets" | "models";
  dataset: string;
  revision: string;
  path?: string;
}

/**
 * Creates a client of the hub's API, for data sets or for models. For models, `dataset` is the name of the
 * model.
 */
export function createHubClient(http: HttpClient, kind: "datasets" | "models" = "datasets"): HubClient {
  const api = (dataset: string): string => `${http.endpoint}/api/${kind}/${dataset}`;
  const pages = kind === "models" ? http.endpoint : `${http.endpoint}/datasets`;

  async function commitOf(dataset: string, revision: string): Promise<string> {
    return (await info(dataset, revision)).commit;
  }

  async function info(dataset: string, revision: string): Promise<RepositoryInfo> {
    const subject = { kind, dataset, revision };
    const url = `${api(dataset)}/revision/${encodeURIComponent(revision)}`;
    const answer = await http.get(url, {}, (given) => readJson(given, subject, http.token));
    const { sha, private: isPrivate, gated } = (answer ?? {}) as Record<string, unknown>;
    if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha))
      throw notAHub(url, "its answer contains no commit (`sha`)");
    return { commit: sha, isPublic: isPrivate === false && gated === false };
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

  return { commitOf, info, files, text, fileUrl };
}

/**
 * The error for a 4xx answer of the hub. Reads the `X-Error-Code` header and the status as `huggingface_hub`
 * does.
 */
export async function refusal(
  answer: Answer,
  subject: Subject,
  token: string | undefined,
): Promise<DatasetError> {
  const { response } = answer;
  const code = response.headers.get("x-error-code");
  const detail = response.headers.get("x-error-message") ?? (await bodyMessage(answer));
  const { dataset, revision } = subject;
  const [what, option] = subject.kind === "models" ? ["model", "--tokenizer"] : ["data set", "--dataset"];
  const accessDenied = (): DatasetError => accessDeniedError(what, dataset, response.status, detail, token);
  if (code === "RevisionNotFound") {
    return new DatasetError(
      "RevisionNotFound",
      `${what} ${dataset} has no revision ${JSON.stringify(revision)}`,
      "Set --revision to a branch, tag or commit of that data set; `main` is the default.",
    );
  }
  if (code === "EntryNotFound") {
    return new DatasetError(
      "HubAnswer",
      `${what} ${dataset} has no file ${subject.path} at ${revision}`,
      "Run again; if the error persists, the repository is damaged: choose another --revision.",
    );
  }
  // After a redirect the answer is not the hub's: its signed URL has expired, or a proxy in between refuses
  // the request.
  if (code === null && subject.path && response !== answer.first) {
    return new DatasetError(
      "HubAnswer",
      `${new URL(answer.url).host}, where the hub stores ${subject.path}, answered ${response.status}${detail ? `: ${detail}` : ""}`,
      "Run again; if the error persists, a proxy or firewall blocks that host.",
    );
  }
  if (code === "GatedRepo" || response.status === 403) return accessDenied();
  if (code === "RepoNotFound" || response.status === 404 || response.status === 401) {
    const refusedToken = response.status === 401 && code !== "RepoNotFound" && token;
    if (refusedToken) return accessDenied();
    return new DatasetError(
      subject.kind === "models" ? "Tokenizer" : "DatasetNotFound",
      `the hub at ${new URL(answer.url).host} has no ${what} ${JSON.stringify(dataset)}, or it is private`,
      `Check the spelling of ${option} (namespace/name); if it is private, set HF_TOKEN to a token that may read it.`,
    );
  }
  return new DatasetError(
    "HubAnswer",
    `the hub answered ${response.status} for ${withoutQuery(answer.url)}${detail ? `: ${detail}` : ""}`,
    "Check HF_ENDPOINT and the options.",
  );
}

function accessDeniedError(
  what: string,
  name: string,
  status: number,
  detail: string | undefined,
  token: string | undefined,
): DatasetError {
  return new DatasetError(
    "AccessDenied",
    `the hub refuses ${what} ${name} (${status}${detail ? `: ${detail}` : ""})`,
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

/** Reads the whole body. A body shorter than announced is a retryable failure. */
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

/** The hub announces the next page of a list in a `Link: <…>; rel="next"` header. */
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
    `${withoutQuery(url)} does not answer as a Hugging Face hub does: ${why}`,
    "Check HF_ENDPOINT (default https://huggingface.co) and any proxy in between.",
    { cause },
  );
}
