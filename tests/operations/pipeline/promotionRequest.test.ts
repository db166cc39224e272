import { gitHub } from "../../../operations/pipeline/github";
import { promotedLine, promotionRequest } from "../../../operations/pipeline/promotionRequest";
import { serve } from "./support";

const before = "config:\n  a: 1\n  azureml-finetune:model:\n    promote: { name: chat, version: 1 }\n";
const after = before.replace("version: 1", "version: 2");
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
      if (url.startsWith("/repos/o/r/pulls?")) return { body: present ? [{ number: 3 }] : [] };
      if (url === "/repos/o/r") return { body: { default_branch: "main" } };
      if (url.startsWith("/repos/o/r/git/ref/")) return { body: { object: { sha: "tip" } } };
      if (method === "POST" && url === "/repos/o/r/git/refs" && branchExists)
        return { status: 422, body: { message: "Reference already exists" } };
      if (method === "GET") return { body: { sha: "blob" } };
      return { status: 201, body: { number: 4, html_url: "https://x/4" } };
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
      "POST /repos/o/r/git/refs",
      "PUT /repos/o/r/contents/Pulumi.staging.yaml",
      "POST /repos/o/r/pulls",
    ]);
    expect(writes[0]?.body).toEqual({ ref: "refs/heads/promote/staging/name-chat-version-2", sha: "tip" });
    expect(writes[1]?.body).toMatchObject({
      branch: "promote/staging/name-chat-version-2",
      sha: "blob",
      content: Buffer.from(after).toString("base64"),
    });
    expect(writes[2]?.body).toMatchObject({ head: "promote/staging/name-chat-version-2", base: "main" });
  });

  it("is not opened twice", async () => {
    const { done, received } = await open(true);
    expect(done).toBe("pull request 3 is open already");
    expect(received).toHaveLength(1);
  });

  it("uses the branch of an earlier one again", async () => {
    const { received } = await open(false, true);
    expect(received.map(({ method, url }) => `${method} ${url}`)).toContain(
      "PATCH /repos/o/r/git/refs/heads/promote/staging/name-chat-version-2",
    );
  });
});
