import { azureDevOps } from "../../../operations/pipeline/azureDevOps";
import { type Answer, type Received, serve } from "./support";

const marker = "<!-- m -->";
const root = "/org/My%20Project/_apis/git/repositories/r1";
let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

async function withServer(handle: (request: Received) => Answer) {
  const server = await serve(handle);
  close = server.close;
  const printed: string[] = [];
  const forge = azureDevOps({
    collection: `${server.address}/org/`,
    ...{ project: "My Project", repository: "r1", token: "t0ken", pullRequest: 7 },
    print: (line) => void printed.push(line),
    wait: async () => undefined,
  });
  return { forge, printed, received: server.received };
}

describe("the comment of a pull request", () => {
  it("is a closed thread, so that it does not keep the merge", async () => {
    const { forge, received } = await withServer(({ method }) => ({
      body: method === "GET" ? { value: [{ id: 1, comments: null }], count: 1 } : { id: 2 },
    }));
    await forge.upsertComment(marker, `${marker}\nnew`);
    expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${root}/pullRequests/7/threads?api-version=7.1`,
      `POST ${root}/pullRequests/7/threads?api-version=7.1`,
    ]);
    expect(received[1]?.body).toEqual({
      comments: [{ parentCommentId: 0, content: `${marker}\nnew`, commentType: "text" }],
      status: "closed",
    });
    expect(received[0]?.headers.authorization).toBe("Bearer t0ken");
  });

  it("is changed afterwards, and a deleted one is left alone", async () => {
    const value = [
      { id: 1, isDeleted: true, comments: [{ id: 1, content: marker }] },
      { id: 2, comments: [{ id: 1, content: `see ${marker}` }] },
      { id: 3, comments: [{ id: 5, content: `${marker}\nold` }] },
    ];
    const { forge, received } = await withServer(({ method }) => ({
      body: method === "GET" ? { value } : {},
    }));
    await forge.upsertComment(marker, "new");
    expect(received[1]).toMatchObject({
      method: "PATCH",
      url: `${root}/pullRequests/7/threads/3/comments/5?api-version=7.1`,
      body: { content: "new" },
    });
  });

  it("names the right that a refusal asks for", async () => {
    const { forge } = await withServer(() => ({
      status: 403,
      body: { message: "TF401027: need permission" },
    }));
    await expect(forge.upsertComment(marker, marker)).rejects.toThrow(
      /TF401027.*Contribute to pull requests/,
    );
  });
});

it("warns of drift in the build", async () => {
  const { forge, printed, received } = await withServer(() => ({}));
  const issue = { marker, label: "drift", title: "Drift: dev\n##vso[task.x]", body: "", isOpen: true };
  await forge.upsertIssue(issue);
  await forge.upsertIssue({ ...issue, isOpen: false });
  expect(printed).toEqual([
    "##vso[task.logissue type=warning]Drift: dev ##vso[task.x]",
    "##vso[task.complete result=SucceededWithIssues;]",
  ]);
  expect(received).toEqual([]);
});

it("opens a promotion as one commit on a new branch", async () => {
  const { forge, received } = await withServer(({ method, url }) => {
    if (url.startsWith(`${root}/pullrequests`))
      return { body: method === "GET" ? { value: [] } : { pullRequestId: 9 } };
    if (url.startsWith(`${root}/refs?filter=heads%2Fmain`))
      return {
        body: {
          value: [
            { name: "refs/heads/main-2", objectId: "other" },
            { name: "refs/heads/main", objectId: "tip" },
          ],
        },
      };
    if (method === "GET" && url.startsWith(`${root}/refs`)) return { body: { value: [] } };
    return { body: { defaultBranch: "refs/heads/main" } };
  });
  const change = { branch: "promote/x", title: "t", body: "b", path: "Pulumi.prod.yaml", content: "c" };
  expect(await forge.openPullRequest(change)).toBe("opened pull request 9");
  const writes = received.filter(({ method }) => method === "POST");
  expect(writes.map(({ body }) => body)).toEqual([
    [{ name: "refs/heads/promote/x", oldObjectId: "0".repeat(40), newObjectId: "tip" }],
    expect.objectContaining({ refUpdates: [{ name: "refs/heads/promote/x", oldObjectId: "tip" }] }),
    { sourceRefName: "refs/heads/promote/x", targetRefName: "refs/heads/main", title: "t", description: "b" },
  ]);
});
