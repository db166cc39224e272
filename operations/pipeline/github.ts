import { z } from "zod";
import type { Forge, Issue } from "./forge";
import { jsonClient, type JsonClient } from "./http";

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
  "The job needs `permissions: pull-requests: write` for a comment and `issues: write` for an issue, and GITHUB_TOKEN in its environment.";

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
