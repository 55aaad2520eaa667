import { expect, test } from "vitest";
import { StreamReader } from "./event-stream.ts";

const stream =
  ': hello\n\nid: 7\nevent: ReleasePublished\ndata: {"seq":7}\n\nid: 8\r\ndata: one\r\ndata:two\r\n\r\ndata: last\n\n';
const messages = [
  { id: "7", data: '{"seq":7}' },
  { id: "8", data: "one\ntwo" },
  { id: "8", data: "last" },
];

test("messages are read, comments and other fields are not", () => {
  expect(new StreamReader().read(stream)).toEqual(messages);
});

test("a stream may be cut anywhere", () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = new StreamReader();
    expect([...reader.read(stream.slice(0, cut)), ...reader.read(stream.slice(cut))]).toEqual(messages);
  }
});

test("a message without an end is not yet one", () => {
  expect(new StreamReader().read('id: 7\ndata: {"seq":7}\n')).toEqual([]);
});
