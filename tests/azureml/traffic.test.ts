import { allTrafficTo } from "../../azureml/traffic";

test("a roll-out gives everything to one deployment", () => {
  expect(allTrafficTo("chat-3")).toEqual({ "chat-3": 100 });
});
