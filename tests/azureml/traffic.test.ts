import fc from "fast-check";
import { allTrafficTo, trafficMistakes } from "../../azureml/traffic";

test("a roll-out gives everything to one deployment, and that is always a right plan", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{2,31}$/), (name) => {
      expect(trafficMistakes(allTrafficTo(name), [name])).toEqual([]);
    }),
  );
});

test.each<[Record<string, number>, string[] | undefined, RegExp[]]>([
  [{}, undefined, []],
  [{ a: 0, b: 0 }, undefined, []],
  [{ a: 90, b: 10 }, ["a", "b"], []],
  [{ a: 90 }, undefined, [/add up to 90/]],
  [{ a: 101 }, undefined, [/not a whole percentage/, /add up to 101/]],
  [{ a: -1, b: 101 }, undefined, [/a: -1/, /b: 101/]],
  [{ a: 99.5, b: 0.5 }, undefined, [/a: 99.5/, /b: 0.5/]],
  [{ a: 100, gone: 0 }, ["a"], []],
  [{ gone: 100 }, ["a"], [/gone: there is no such deployment \(there are: a\)/]],
])("plan %p with deployments %p", (plan, deployments, expected) => {
  const mistakes = trafficMistakes(plan, deployments);
  expect(mistakes).toHaveLength(expected.length);
  expected.forEach((pattern, index) => expect(mistakes[index]).toMatch(pattern));
});
