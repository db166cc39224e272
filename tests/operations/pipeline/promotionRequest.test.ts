import { gitHub } from "../../../operations/pipeline/github";
import { promotedLine, promotionRequest } from "../../../operations/pipeline/promotionRequest";
import { type Part, request, type Sends } from "./gitHubTypes";
import { serve } from "./support";

const before = "config:\n  a: 1\n  azureml-finetune:model:\n    promote: { name: chat, version: 1 }\n";
const after = before.replace("version: 1", "version: 2");
const branch = "promote/staging/name-chat-version-2";
const promotion = { source: "dev", target: "staging", file: "Pulumi.staging.yaml", before, after };

it("is one line, also where there was none before", () => {
  expect(promotedLine(promotion).trim()).toBe("promote: { name: chat, version: 2 }");
  expect(promotedLine({ ...promotion, before: before.replace(/ +promote.*\n/, "") })).toContain("version: 2");
});

it.each([
  ["two lines", after.replace("a: 1", "a: 2")],
  ["nothing", before],
])("refuses a promotion that changes %s", (_what, text) => {
  expect(() => promotionRequest({ ...promotion, after: text }, "ada")).toThrow(/changes one line/);
});

it("names the branch by stack and version, and shows the line", () => {
  const request = promotionRequest(promotion, "ada");
  expect(request).toMatchObject({
    branch: "promote/staging/name-chat-version-2",
    title: "staging: promote the model of dev",
    path: "Pulumi.staging.yaml",
    content: after,
  });
  expect(request.body).toContain("promote: { name: chat, version: 2 }");
});

describe("the pull request on GitHub", () => {
  const open = async (present: boolean, branchExists = false) => {
    const server = await serve(({ method, url }) => {
      const asked = `${method} ${url}`;
      const pulls: Part<"pulls/list", 200> = present ? [{ number: 3 }] : [];
      if (asked.startsWith(`${request("GET", "/repos/{owner}/{repo}/pulls")}?`)) return { body: pulls };
      const repository: Part<"repos/get", 200> = { default_branch: "main" };
      if (asked === request("GET", "/repos/{owner}/{repo}")) return { body: repository };
      const tip = { object: { type: "commit", sha: "tip", url: "" } } satisfies Part<"git/get-ref", 200>;
      if (asked === request("GET", "/repos/{owner}/{repo}/git/ref/{ref}", { ref: "heads/main" }))
        return { body: tip };
      if (asked === request("POST", "/repos/{owner}/{repo}/git/refs") && branchExists)
        return { status: 422, body: { message: "Reference already exists" } };
      if (method === "GET") return { body: { sha: "blob" } };
      const created: Part<"pulls/create", 201> = { number: 4, html_url: "https://x/4" };
      return { status: 201, body: created };
    });
    const forge = gitHub({ api: server.address, repository: "o/r", token: "t" });
    const done = await forge.openPullRequest(promotionRequest(promotion, "ada"));
    await server.close();
    return { done, received: server.received };
  };

  it("is one commit on a branch from the default branch", async () => {
    const { done, received } = await open(false);
    expect(done).toBe("opened pull request 4 https://x/4");
    const writes = received.filter(({ method }) => method !== "GET");
    expect(writes.map(({ method, url }) => `${method} ${url}`)).toEqual([
      request("POST", "/repos/{owner}/{repo}/git/refs"),
      request("PUT", "/repos/{owner}/{repo}/contents/{path}", { path: "Pulumi.staging.yaml" }),
      request("POST", "/repos/{owner}/{repo}/pulls"),
    ]);
    const title = "staging: promote the model of dev";
    expect(writes[0]?.body).toEqual({
      ref: `refs/heads/${branch}`,
      sha: "tip",
    } satisfies Sends<"git/create-ref">);
    expect(writes[1]?.body).toEqual({
      ...{ message: title, branch, sha: "blob" },
      content: Buffer.from(after).toString("base64"),
    } satisfies Sends<"repos/create-or-update-file-contents">);
    expect(writes[2]?.body).toEqual({
      ...{ title, head: branch, base: "main" },
      body: promotionRequest(promotion, "ada").body,
    } satisfies Sends<"pulls/create">);
  });

  it("is not opened twice", async () => {
    const { done, received } = await open(true);
    expect(done).toBe("pull request 3 is open already");
    expect(received).toHaveLength(1);
  });

  it("uses the branch of an earlier one again", async () => {
    const { received } = await open(false, true);
    const moved = received.find(({ method }) => method === "PATCH");
    expect(`PATCH ${moved?.url}`).toBe(
      request("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}", { ref: `heads/${branch}` }),
    );
    expect(moved?.body).toEqual({ sha: "tip", force: true } satisfies Sends<"git/update-ref">);
  });
});
