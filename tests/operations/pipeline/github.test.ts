import { gitHub } from "../../../operations/pipeline/github";
import { request, type Sends } from "./gitHubTypes";
import { type Answer, type Received, serve } from "./support";

const marker = "<!-- m -->";
const settings = { repository: "o/r", token: "t0ken", wait: async () => undefined };
let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

async function withServer(handle: (request: Received, count: number) => Answer) {
  let count = 0;
  const server = await serve((request) => handle(request, ++count));
  close = server.close;
  const forge = (pullRequest?: number) => gitHub({ api: server.address, ...settings, pullRequest });
  const calls = () => server.received.map(({ method, url }) => `${method} ${url}`);
  return { ...server, forge, calls };
}

const comments = "/repos/o/r/issues/7/comments";
const commentsPath = "/repos/{owner}/{repo}/issues/{issue_number}/comments";

describe("the comment of a pull request", () => {
  it("is created once, with the token and the version of the API", async () => {
    const { forge, received, calls } = await withServer(({ method }) =>
      method === "GET" ? { body: [] } : { status: 201, body: { id: 1, html_url: "https://x/1" } },
    );
    expect(await forge(7).upsertComment(marker, `${marker}\nnew`)).toBe("https://x/1");
    expect(calls()).toEqual([
      `${request("GET", commentsPath, { issue_number: 7 })}?per_page=100`,
      request("POST", commentsPath, { issue_number: 7 }),
    ]);
    expect(received[1]?.body).toEqual({ body: `${marker}\nnew` } satisfies Sends<"issues/create-comment">);
    expect(received[0]?.headers).toMatchObject({
      authorization: "Bearer t0ken",
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    });
  });

  it("is changed afterwards, also if it is on the second page and somebody else has copied the marker", async () => {
    const { forge, calls, address } = await withServer(({ method, url }) => {
      if (method === "PATCH") return { body: { id: 9, html_url: "https://x/9" } };
      if (url.includes("page=2")) return { body: [{ id: 9, body: `${marker}\nold`, user: { type: "Bot" } }] };
      return {
        headers: { link: `<${address}${comments}?per_page=100&page=2>; rel="next"` },
        body: [
          { id: 1, body: `see ${marker}` },
          { id: 2, body: `${marker}\ncopied`, user: { type: "User" } },
        ],
      };
    });
    await forge(7).upsertComment(marker, `${marker}\nnew`);
    expect(calls()).toEqual([
      `GET ${comments}?per_page=100`,
      `GET ${comments}?per_page=100&page=2`,
      request("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", { comment_id: 9 }),
    ]);
  });

  it("sends the token to no other host", async () => {
    const { forge, calls } = await withServer(({ method }) =>
      method === "GET"
        ? { headers: { link: '<http://localhost:1/elsewhere>; rel="next"' }, body: [] }
        : { body: { id: 1 } },
    );
    await forge(7).upsertComment(marker, marker);
    expect(calls()).toHaveLength(2);
  });

  it("is tried again after a failure of the service", async () => {
    const { forge, calls } = await withServer(({ method }, count) =>
      count === 1 ? { status: 502, body: {} } : { body: method === "GET" ? [] : { id: 1 } },
    );
    await forge(7).upsertComment(marker, marker);
    expect(calls()).toHaveLength(3);
  });

  it("names the permission that a refusal asks for, and never the token", async () => {
    const { forge } = await withServer(() => ({
      status: 403,
      body: { message: "Resource not accessible by integration" },
    }));
    const failure = (await forge(7)
      .upsertComment(marker, marker)
      .catch((error: unknown) => error)) as Error;
    expect(failure.message).toMatch(
      /HTTP 403 Resource not accessible by integration\. .*pull-requests: write/,
    );
    expect(failure.message).not.toContain("t0ken");
  });

  it("needs the number of the pull request", async () => {
    const { forge } = await withServer(() => ({ body: [] }));
    await expect(forge().upsertComment(marker, marker)).rejects.toThrow("PULL_REQUEST");
  });
});

describe("the issue about a condition", () => {
  const issue = { marker, label: "drift", title: "Drift: dev", body: `${marker}\nx`, isOpen: true };
  const listed = [
    { number: 3, body: `${marker} in a pull request`, pull_request: {} },
    { number: 4, body: "another" },
    { number: 5, body: `${marker}\nold` },
  ];

  it("is opened if none is open", async () => {
    const { forge, received } = await withServer(({ method }) =>
      method === "GET" ? { body: listed.slice(0, 2) } : { status: 201, body: { number: 6 } },
    );
    expect(await forge().upsertIssue(issue)).toBe("opened issue 6");
    expect(received[0]?.url).toBe("/repos/o/r/issues?state=open&labels=drift&per_page=100");
    expect(received[1]?.body).toEqual({
      ...{ title: issue.title, body: issue.body, labels: ["drift"] },
    } satisfies Sends<"issues/create">);
  });

  it("is updated while the condition holds and closed afterwards", async () => {
    const { forge, received } = await withServer(({ method }) =>
      method === "GET" ? { body: listed } : { body: { number: 5 } },
    );
    expect(await forge().upsertIssue(issue)).toBe("updated issue 5");
    expect(await forge().upsertIssue({ ...issue, isOpen: false })).toBe("closed issue 5");
    expect(received.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([
      { title: issue.title, body: issue.body },
      { title: issue.title, body: issue.body, state: "closed", state_reason: "completed" },
    ] satisfies Sends<"issues/update">[]);
  });

  it("is not opened to say that there is nothing", async () => {
    const { forge, calls } = await withServer(() => ({ body: [] }));
    expect(await forge().upsertIssue({ ...issue, isOpen: false })).toMatch(/none is needed/);
    expect(calls()).toHaveLength(1);
  });
});
