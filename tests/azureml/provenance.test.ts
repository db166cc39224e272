import { promotedTagNames, provenanceTags, readProvenance, trainedTagNames } from "../../azureml/provenance";

const none = () => undefined;

test("GitHub Actions: commit, address of the run and who started it", () => {
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "team/chat",
    GITHUB_RUN_ID: "42",
    GITHUB_SHA: "abc",
    GITHUB_ACTOR: "anna",
    GITHUB_TRIGGERING_ACTOR: "boris",
  };
  const run = "https://github.com/team/chat/actions/runs/42";
  expect(readProvenance(env, none)).toEqual({ commit: "abc", run, by: "boris" });
});

test("Azure DevOps: commit, address of the build and who requested it", () => {
  const env = {
    TF_BUILD: "True",
    SYSTEM_COLLECTIONURI: "https://dev.azure.com/team/",
    SYSTEM_TEAMPROJECT: "Chat Models",
    BUILD_BUILDID: "7",
    BUILD_SOURCEVERSION: "abc",
    BUILD_REQUESTEDFOR: "Anna",
  };
  const run = "https://dev.azure.com/team/Chat%20Models/_build/results?buildId=7";
  expect(readProvenance(env, none)).toEqual({ commit: "abc", run, by: "Anna" });
});

test("elsewhere git knows the commit, whether files differ from it, and the person", () => {
  const git = (changed: string) => (name: string) =>
    ({ "rev-parse": "abc", status: changed, config: "Anna" })[name];
  expect(readProvenance({}, git(""))).toEqual({ commit: "abc", by: "Anna" });
  expect(readProvenance({}, git(" M index.ts"))).toEqual({ commit: "abc (changed)", by: "Anna" });
});

test("without git and pipeline only the login name is known", () => {
  expect(readProvenance({ USER: "anna" }, none)).toEqual({ by: "anna" });
  expect(readProvenance({}, none)).toEqual({});
});

test("the tags name what is known, and no value is longer than Azure accepts", () => {
  expect(provenanceTags({ commit: "abc", by: "Anna" }, promotedTagNames)).toEqual({
    promotedCommit: "abc",
    promotedBy: "Anna",
  });
  const { run } = readProvenance({ GITHUB_ACTIONS: "true", GITHUB_RUN_ID: "9".repeat(300) }, none);
  expect(provenanceTags({ run }, trainedTagNames).run).toHaveLength(256);
});
