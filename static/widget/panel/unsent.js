// Files that the desk has not got yet, in the frame's own storage: the next page of the shop finds them again. Where a
// browser keeps nothing, they last as long as the page.
const unsentFiles = (name) => {
  /** So much is kept; what comes beyond it lasts as long as the page. */
  const MOST = 20;
  const MOST_BYTES = 50 * 1024 * 1024;
  const sizes = new Map();
  const opened = new Promise((resolve) => {
    try {
      const opening = indexedDB.open(name, 1);
      opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("files", { keyPath: "id" }));
      opening.addEventListener("success", () => resolve(opening.result));
      opening.addEventListener("error", () => resolve(null));
    } catch { resolve(null); }
  });
  /** What one step gives; nothing where it fails. */
  const take = async (mode, step) => {
    const base = await opened;
    return new Promise((resolve) => {
      try {
        const asked = step(base.transaction("files", mode).objectStore("files"));
        asked.addEventListener("success", () => resolve(asked.result));
        asked.addEventListener("error", () => resolve());
      } catch { resolve(); }
    });
  };
  return {
    read: async () => {
      const all = (await take("readonly", (files) => files.getAll())) ?? [];
      for (const one of all) sizes.set(one.id, one.file.size);
      return all;
    },
    keep: (one) => {
      const others = [...sizes].filter(([id]) => id !== one.id);
      const bytes = others.reduce((sum, [, size]) => sum + size, one.file.size);
      if (others.length >= MOST || bytes > MOST_BYTES) return;
      sizes.set(one.id, one.file.size);
      take("readwrite", (files) => files.put(one));
    },
    drop: (id) => {
      sizes.delete(id);
      take("readwrite", (files) => files.delete(id));
    },
    clear: () => {
      sizes.clear();
      take("readwrite", (files) => files.clear());
    },
  };
};
