import { expect, test } from "vitest";
import { readPlace, takeToken, writePlace } from "./fragment.ts";

test("a place survives being written and read", () => {
  const place = { app: "my-app", why: { version: "2.5.0-beta.3+build.7", stage: "stable" } };
  expect(readPlace(`#${writePlace(place)}`)).toEqual(place);
});

test.each(["", "#", "#nothing", "#version=1.0.0", "#app="])("%j names no place", (fragment) => {
  expect(readPlace(fragment)).toEqual({});
});

test("the token is taken and what stands beside it stays", () => {
  expect(takeToken("#token=secret&app=my-app")).toEqual({ token: "secret", rest: "app=my-app" });
});

test("without a token nothing is taken", () => {
  expect(takeToken("#app=my-app")).toEqual({ rest: "app=my-app" });
  expect(takeToken("#token=")).toEqual({ rest: "" });
});
