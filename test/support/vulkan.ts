import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian's and Ubuntu's `chromium` have it. */
const LIBRARIES = [
  "/usr/lib/chromium/libvk_swiftshader.so",
  "/usr/lib/chromium-browser/libvk_swiftshader.so",
];

const LOADERS = ["x86_64", "aarch64"].map((arch) => `/usr/lib/${arch}-linux-gnu/libvulkan.so.1`);

/** A driver of Vulkan that needs no GPU, or why there is none. */
export type SoftwareGpu =
  | { readonly library: string; readonly missing?: never }
  | { readonly library?: never; readonly missing: string };

/** Looks for SwiftShader. Mesa's lavapipe of Debian 12 is refused by Dawn. */
export function findSoftwareGpu(): SoftwareGpu {
  const library = LIBRARIES.find(existsSync);
  if (library === undefined)
    return { missing: "there is no SwiftShader: apt-get install chromium" };
  if (!LOADERS.some(existsSync))
    return { missing: "there is no Vulkan: apt-get install libvulkan1" };
  return { library };
}

/** A driver's manifest: `remove` the file, and the GPU is gone. */
export function driverFile(library: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "scoreline-vulkan-")), "driver.json");
  writeFileSync(path, driverManifest(library));
  return path;
}

/** @param library absolute: in SwiftShader's own manifest it is relative */
export function driverManifest(library: string): string {
  const driver = { library_path: library, api_version: "1.0.5" };
  return JSON.stringify({ file_format_version: "1.0.0", ICD: driver });
}

/** Has Vulkan's loader see this driver and no other; its older versions know the second name. */
export function withDriver(path: string): Readonly<Record<string, string>> {
  return { VK_DRIVER_FILES: path, VK_ICD_FILENAMES: path };
}
