import { createHash } from "node:crypto";
import { reportPage } from "../../../operations/report/html/page";
import { reportOf } from "../../../operations/report/report";
import { stack, workspaceFacts } from "./support";

const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&`;

/** The same data with this text in every text. */
function filled<T>(value: T): T {
  if (typeof value === "string") return `${value} ${hostile}` as T;
  if (Array.isArray(value)) return value.map(filled) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item as unknown)])) as T;
}

const page = (changes: Parameters<typeof workspaceFacts>[0] = {}): Promise<string> =>
  reportPage(reportOf(stack(), workspaceFacts(changes), { config: undefined, showsRows: true }));

it("escapes every text, also those in the plots", async () => {
  const report = reportOf(stack(), workspaceFacts({ problems: ["broken"] }), {
    config: undefined,
    showsRows: true,
  });
  const { score } = report;
  const text = await reportPage({
    ...filled(report),
    score: { ...filled(score), kind: "shown" } as typeof score,
  });
  expect(text).not.toMatch(/<script|<img/i);
  // Nothing of it became an attribute.
  expect(text.replace(/"[^"]*"|>[^<]*</g, "")).not.toContain("onerror");
  expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
});

it("refers to nothing outside the file, and its policy allows only its own style sheet", async () => {
  const text = await page();
  expect(text).not.toMatch(/\ssrc=|@import|url\(|<link|<script|<iframe|<object|\sstyle=|\son\w+=/i);
  const addresses = [...text.matchAll(/\shref="([^"]*)"/g)].map(([, address]) => address ?? "");
  // Links are followed on a click only.
  for (const address of addresses) expect(address).toMatch(/^(#[a-z]+|https:\/\/ml\.azure\.com\/runs\/.+)$/);
  const styles = [...text.matchAll(/<style>([^]*?)<\/style>/g)].map(([, content]) => content ?? "");
  expect(styles).toHaveLength(1);
  const hash = createHash("sha256")
    .update(styles[0] ?? "")
    .digest("base64");
  expect(text).toContain(
    `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
  );
});

it("does not make a link of an address that is no https address", async () => {
  const facts = workspaceFacts();
  const current = {
    ...facts.current!,
    job: { ...facts.current!.job, studioUrl: "javascript:alert(1)", tags: { run: "data:x" } },
  };
  expect(await page({ current })).not.toMatch(/href="(javascript|data):/);
});

it("gives every plot a text alternative and a table of its figures", async () => {
  const text = await page();
  const figures = text.split("<figure>").slice(1);
  expect(figures).toHaveLength(3);
  for (const figure of figures) {
    expect(figure).toMatch(/<svg[^>]*role="img"/);
    expect(figure).toMatch(/<svg[^>]*aria-label="[^"]*This run: from [^"]*Earlier run job-1: from /);
    expect(figure).toMatch(/<details>[^]*<caption>[^]*figures/);
  }
});

it("tells lines apart by their dashes, too", async () => {
  expect(await page()).toMatch(/stroke-dasharray="6 3"/);
});

it("names what could not be read", async () => {
  expect(await page({ problems: ["clusters: access denied"] })).toContain("clusters: access denied");
});

it("says that no answers of the base model exist if the job's output has none", async () => {
  expect(await page({ samples: [] })).toContain("No answers of the base model exist");
});
