import { faultKinds } from "../../scripts/sweep/requests";
import { sampleOf } from "../../scripts/sweep/sample";

const routes = ["GET a", "GET b", "HEAD c", "POST d", "PUT e", "PUT f", "PUT g", "GET h"];
const requests = routes.flatMap((route) =>
  [1, 2].map((ordinal) => ({ route, name: `${route} #${ordinal}` })),
);

test("the sample strikes the first request of every route, and each fault at least once", () => {
  const sample = sampleOf("create", requests);
  expect(new Set(sample.map(({ request }) => request))).toEqual(
    new Set(routes.map((route) => `${route} #1`)),
  );
  expect(new Set(sample.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
});

test("the sample lets the client die after every change, in both modes of the workspace", () => {
  const changes = routes.filter((route) => /^P/.test(route)).map((route) => `${route} #1`);
  for (const mode of ["create", "adopt"] as const) {
    const deaths = sampleOf(mode, requests).filter(({ kind }) => kind === "die-after");
    expect(deaths.map(({ request }) => request)).toEqual(expect.arrayContaining(changes));
  }
});
