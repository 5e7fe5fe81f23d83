import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deviceText, loaderReport, nvidiaGpus } from "../../../../worker/score/devices.ts";

/** What Vulkan's loader 1.3.239 of Debian 12 writes, shortened. */
const OPENED = `DRIVER:           Found ICD manifest file /tmp/icd.json, version "1.0.0"
INFO | DRIVER:               [0] SwiftShader Device (Subzero)
DRIVER:                  Using "SwiftShader Device (Subzero)" with driver: "/usr/lib/libvk_swiftshader.so"
`;
const MISSING = `Warning: loader_get_json: Failed to open JSON file /nonexistent.json
Warning: vkCreateInstance: Found no drivers!
Warning: vkCreateInstance: Found no drivers!
    at CheckVkSuccessImpl (VulkanError.cpp:106)
ERROR | DRIVER: loader_scanned_icd_add: Could not open libvk.so
`;

describe("what is known of a GPU", () => {
  it("is what Vulkan's loader says of the device that it opened", () => {
    assert.deepEqual(loaderReport(OPENED), {
      device: { name: "SwiftShader Device (Subzero)", driver: "libvk_swiftshader.so" },
      complaints: [],
    });
  });

  it("is, where there is none, what the loader complained of, each once", () => {
    assert.deepEqual(loaderReport(MISSING), {
      device: undefined,
      complaints: [
        "loader_get_json: Failed to open JSON file /nonexistent.json",
        "vkCreateInstance: Found no drivers!",
        "loader_scanned_icd_add: Could not open libvk.so",
      ],
    });
  });

  it("is, of NVIDIA's, what nvidia-smi answers; memory where it is told", () => {
    const csv = "0, NVIDIA L4, 550.54.15, 23034 MiB\n3, NVIDIA Orin, 540.3.0, [N/A]\nNo devices\n";
    assert.deepEqual(nvidiaGpus(csv), [
      { number: 0, name: "NVIDIA L4", driver: "550.54.15", memoryBytes: 23034 * 1024 * 1024 },
      { number: 3, name: "NVIDIA Orin", driver: "540.3.0", memoryBytes: undefined },
    ]);
  });

  it("is told in one line", () => {
    const about = { provider: "cuda", name: "NVIDIA L4" } as const;
    assert.equal(deviceText(about), "NVIDIA L4");
    const known = { ...about, driver: "550.54.15", memory_bytes: 1024 ** 3 };
    assert.equal(deviceText(known), "NVIDIA L4 (driver 550.54.15, 1024 MiB)");
  });
});
