// The theme is the system's unless the reader has chosen one here. This runs before the first paint.
(() => {
  const root = document.documentElement;
  const themes = ["system", "light", "dark"];
  const stored = () => { try { return localStorage.getItem("parley-theme"); } catch { return null; } };
  const apply = theme => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme; else delete root.dataset.theme;
  };
  let theme = themes.includes(stored()) ? stored() : "system";
  apply(theme);
  const changed = () => document.dispatchEvent(new Event("theme"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const say = () => {
      button.textContent = {system: "◐ auto", light: "☀ light", dark: "☾ dark"}[theme];
      button.title = button.ariaLabel = `Theme: ${theme === "system" ? "as the system's" : theme}. Change`;
    };
    say();
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      try { localStorage.setItem("parley-theme", theme); } catch { /* private windows may refuse: it lasts as long as the page */ }
      apply(theme);
      say();
      changed();
    });
  });
})();
