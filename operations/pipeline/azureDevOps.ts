import { z } from "zod";
import type { FileChange, Forge, Issue } from "./forge";
import { jsonClient, type JsonClient } from "./http";

const apiVersion = "api-version=7.1";

const thread = z.looseObject({
  id: z.number(),
  isDeleted: z.boolean().nullish(),
  comments: z
    .array(z.looseObject({ id: z.number(), content: z.string().nullish(), isDeleted: z.boolean().nullish() }))
    .nullish(),
});
const list = <T extends z.ZodType>(item: T) => z.looseObject({ value: z.array(item) });
const reference = z.looseObject({ name: z.string(), objectId: z.string() });
const pull = z.looseObject({ pullRequestId: z.number() });

interface Settings {
  /** `https://dev.azure.com/<organization>/`: SYSTEM_COLLECTIONURI. */
  collection: string;
  project: string;
  /** Id of the repository. */
  repository: string;
  token: string;
  pullRequest?: number | undefined;
  /** Prints a line for the agent. */
  print: (line: string) => void;
  wait?: (seconds: number) => Promise<void>;
}

const hint =
  "The step needs SYSTEM_ACCESSTOKEN: $(System.AccessToken), and the project's build service the right `Contribute to pull requests`" +
  " (for promotions also `Contribute` and `Create branch`).";

/**
 * Comments and pull requests by Azure DevOps' REST API (learn.microsoft.com, "Pull Request Threads", "Pull Request Thread
 * Comments", "Refs", "Pushes", "Pull Requests", version 7.1). Every field and enumeration value of the bodies is one of Microsoft's
 * client (azure-devops-node-api 17.0.1, GitInterfaces: GitPullRequestCommentThread, Comment, GitRefUpdate, GitPush, GitPullRequest),
 * which spells `rawtext` as `rawText`. Drift is a warning of the build: the types of work items differ between
 * the processes of projects.
 */
export function azureDevOps(settings: Settings): Forge {
  const { collection, project, repository, token, pullRequest, print, wait } = settings;
  const client = jsonClient("Azure DevOps", { authorization: `Bearer ${token}` }, hint, wait);
  const root = `${collection.replace(/\/$/, "")}/${encodeURIComponent(project)}/_apis/git/repositories/${repository}`;
  return {
    name: "Azure DevOps",
    upsertComment: async (marker, body) => {
      if (pullRequest === undefined)
        throw new Error("no pull request: SYSTEM_PULLREQUEST_PULLREQUESTID is not set");
      const threads = `${root}/pullRequests/${pullRequest}/threads`;
      const { value } = list(thread).parse((await client.send("GET", `${threads}?${apiVersion}`)).body);
      const found = value
        .filter(({ isDeleted }) => !isDeleted)
        .flatMap(({ id, comments }) => (comments ?? []).map((comment) => ({ ...comment, thread: id })))
        .find(({ content, isDeleted }) => !isDeleted && content?.startsWith(marker));
      if (found) {
        const address = `${threads}/${found.thread}/comments/${found.id}`;
        await client.send("PATCH", `${address}?${apiVersion}`, { content: body });
        return address;
      }
      // Closed: it is no remark that must be resolved before the merge.
      const created = await client.send("POST", `${threads}?${apiVersion}`, {
        comments: [{ parentCommentId: 0, content: body, commentType: "text" }],
        status: "closed",
      });
      return `${threads}/${thread.parse(created.body).id}`;
    },
    upsertIssue: async ({ title, isOpen }: Issue) => {
      if (!isOpen) return "nothing to warn of";
      // learn.microsoft.com, "Logging commands".
      print(`##vso[task.logissue type=warning]${title.replace(/[\r\n]/g, " ")}`);
      print("##vso[task.complete result=SucceededWithIssues;]");
      return "the build has a warning";
    },
    openPullRequest: (change) => openPullRequest(client, root, change),
  };
}

async function openPullRequest(client: JsonClient, root: string, change: FileChange): Promise<string> {
  const { branch, title, body, path, content } = change;
  const source = `refs/heads/${branch}`;
  const query = `searchCriteria.status=active&searchCriteria.sourceRefName=${encodeURIComponent(source)}`;
  const open = list(pull).parse(
    (await client.send("GET", `${root}/pullrequests?${query}&${apiVersion}`)).body,
  );
  const [present] = open.value;
  if (present) return `pull request ${present.pullRequestId} is open already`;
  const facts = z
    .looseObject({ defaultBranch: z.string() })
    .parse((await client.send("GET", `${root}?${apiVersion}`)).body);
  const tip = await tipOf(client, root, facts.defaultBranch);
  if (tip === undefined) throw new Error(`the default branch ${facts.defaultBranch} has no commit`);
  const left = await tipOf(client, root, source);
  // A branch that an earlier, closed promotion left is moved to the default branch's tip.
  await client.send("POST", `${root}/refs?${apiVersion}`, [
    { name: source, oldObjectId: left ?? "0".repeat(40), newObjectId: tip },
  ]);
  await client.send("POST", `${root}/pushes?${apiVersion}`, {
    refUpdates: [{ name: source, oldObjectId: tip }],
    commits: [
      {
        comment: title,
        changes: [
          {
            changeType: "edit",
            item: { path: `/${path}` },
            newContent: { content, contentType: "rawtext" },
          },
        ],
      },
    ],
  });
  const created = await client.send("POST", `${root}/pullrequests?${apiVersion}`, {
    ...{ sourceRefName: source, targetRefName: facts.defaultBranch },
    ...{ title, description: body.slice(0, 4000) },
  });
  return `opened pull request ${pull.parse(created.body).pullRequestId}`;
}

/** The commit of a branch; `filter` also matches longer names. */
async function tipOf(client: JsonClient, root: string, name: string): Promise<string | undefined> {
  const filter = encodeURIComponent(name.replace(/^refs\//, ""));
  const { body } = await client.send("GET", `${root}/refs?filter=${filter}&${apiVersion}`);
  return list(reference)
    .parse(body)
    .value.find((one) => one.name === name)?.objectId;
}
