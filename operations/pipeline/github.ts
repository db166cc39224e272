import { z } from "zod";
import type { FileChange, Forge, Issue } from "./forge";
import { jsonClient, type JsonClient, PipelineRequestError } from "./http";

/** The version of the API that these requests are written for (docs.github.com, "API Versions"). */
const apiVersion = "2022-11-28";

const comment = z.looseObject({
  id: z.number(),
  body: z.string().nullish(),
  html_url: z.string().optional(),
  user: z.looseObject({ type: z.string().optional() }).nullish(),
});
const issue = z.looseObject({
  number: z.number(),
  body: z.string().nullish(),
  html_url: z.string().optional(),
  /** Present if the issue is a pull request: both are listed. */
  pull_request: z.unknown().optional(),
});

const pull = z.looseObject({ number: z.number(), html_url: z.string().optional() });
const repository = z.looseObject({ default_branch: z.string() });
const reference = z.looseObject({ object: z.looseObject({ sha: z.string() }) });
const contents = z.looseObject({ sha: z.string() });

/** What is read of GitHub's answers. The tests compare it with GitHub's description of its API. */
export const gitHubAnswers = { comment, issue, pull, repository, reference, contents };

interface Settings {
  /** `https://api.github.com`, or the API of an Enterprise Server. */
  api: string;
  /** `owner/repository`. */
  repository: string;
  token: string;
  /** Number of the pull request; absent outside one. */
  pullRequest?: number | undefined;
  wait?: (seconds: number) => Promise<void>;
}

const hint =
  "The job needs `permissions: pull-requests: write` for a comment or a pull request, `contents: write` for its branch, and `issues: write` for an issue, and GITHUB_TOKEN in its environment.";

/**
 * Comments and issues by GitHub's REST API (docs.github.com: "REST API endpoints for issue comments", "REST API endpoints for
 * issues"). A pull request is an issue there.
 */
export function gitHub({ api, repository, token, pullRequest, wait }: Settings): Forge {
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "user-agent": "azureml-finetune",
    "x-github-api-version": apiVersion,
  };
  const client = jsonClient("GitHub", headers, hint, wait);
  const root = `${api.replace(/\/$/, "")}/repos/${repository}`;
  return {
    name: "GitHub",
    upsertComment: async (marker, body) => {
      if (pullRequest === undefined) throw new Error("no pull request: set PULL_REQUEST to its number");
      const address = `${root}/issues/${pullRequest}/comments`;
      const all = z.array(comment).parse(await listAll(client, `${address}?per_page=100`));
      const marked = all.filter((one) => one.body?.startsWith(marker));
      // Anybody can write a comment that contains the marker.
      const own = marked.find(({ user }) => user?.type === "Bot") ?? marked[0];
      const written = own
        ? await client.send("PATCH", `${root}/issues/comments/${own.id}`, { body })
        : await client.send("POST", address, { body });
      return comment.parse(written.body).html_url ?? address;
    },
    upsertIssue: (wanted) => upsertIssue(client, root, wanted),
    openPullRequest: (change) => openPullRequest(client, root, change),
  };
}

async function upsertIssue(client: JsonClient, root: string, wanted: Issue): Promise<string> {
  const { marker, label, title, body, isOpen } = wanted;
  const address = `${root}/issues?state=open&labels=${encodeURIComponent(label)}&per_page=100`;
  const all = z.array(issue).parse(await listAll(client, address));
  const found = all.find((one) => one.pull_request === undefined && one.body?.startsWith(marker));
  if (found) {
    const state = isOpen ? {} : { state: "closed", state_reason: "completed" };
    await client.send("PATCH", `${root}/issues/${found.number}`, { title, body, ...state });
    return `${isOpen ? "updated" : "closed"} issue ${found.number}`;
  }
  if (!isOpen) return "no issue is open, and none is needed";
  const { body: created } = await client.send("POST", `${root}/issues`, { title, body, labels: [label] });
  return `opened issue ${issue.parse(created).number}`;
}

async function listAll(client: JsonClient, first: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let address: string | undefined = first; address !== undefined;) {
    const { body, next } = await client.send("GET", address);
    if (!Array.isArray(body)) throw new Error(`GitHub answered ${address} with something else than a list`);
    all.push(...(body as unknown[]));
    // The token goes to no other host.
    address = next !== undefined && new URL(next).origin === new URL(first).origin ? next : undefined;
  }
  return all;
}

/**
 * A branch from the default branch, one commit by the contents API, and the pull request (docs.github.com: "REST API endpoints for
 * Git references", "… for repository contents", "… for pull requests"). No credentials of git are needed.
 */
async function openPullRequest(client: JsonClient, root: string, change: FileChange): Promise<string> {
  const { branch, title, body, path, content } = change;
  const owner = root.split("/").at(-2) ?? "";
  const head = `${owner}:${branch}`;
  const open = z
    .array(pull)
    .parse((await client.send("GET", `${root}/pulls?state=open&head=${encodeURIComponent(head)}`)).body);
  const [present] = open;
  if (present) return `pull request ${present.number} is open already`;
  const base = repository.parse((await client.send("GET", root)).body).default_branch;
  const tip = reference.parse((await client.send("GET", `${root}/git/ref/heads/${base}`)).body).object.sha;
  await createBranch(client, root, branch, tip);
  const file = `${root}/contents/${encodeURIComponent(path)}`;
  const { sha } = contents.parse(
    (await client.send("GET", `${file}?ref=${encodeURIComponent(branch)}`)).body,
  );
  await client.send("PUT", file, {
    ...{ message: title, branch, sha },
    content: Buffer.from(content, "utf8").toString("base64"),
  });
  const created = await client.send("POST", `${root}/pulls`, { title, body, head: branch, base });
  const { number, html_url } = pull.parse(created.body);
  return `opened pull request ${number}${html_url ? ` ${html_url}` : ""}`;
}

/** A branch that an earlier, closed promotion left is moved to the default branch's tip. */
async function createBranch(client: JsonClient, root: string, branch: string, sha: string): Promise<void> {
  try {
    await client.send("POST", `${root}/git/refs`, { ref: `refs/heads/${branch}`, sha });
  } catch (error) {
    // "Reference already exists".
    if (!(error instanceof PipelineRequestError) || error.status !== 422) throw error;
    await client.send("PATCH", `${root}/git/refs/heads/${branch}`, { sha, force: true });
  }
}
