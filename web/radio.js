/**
 * Makes buttons of role radio behave: one is checked and in the tab order, arrow keys go to the next.
 * @param {HTMLElement} group
 * @param {(button: HTMLElement) => void} choose
 * @returns {(chosen: (button: HTMLElement) => boolean) => void} checks the button that `chosen` holds for
 */
export function radioGroup(group, choose) {
  const buttons = () => [...group.querySelectorAll('[role="radio"]:not([disabled])')];
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  group.addEventListener("click", (event) => {
    const button = event.target.closest('[role="radio"]');
    if (button && !button.disabled) choose(button);
  });
  group.addEventListener("keydown", (event) => {
    if (!(event.key in step)) return;
    event.preventDefault();
    event.stopPropagation();
    const all = buttons();
    const next = all[(all.indexOf(event.target) + step[event.key] + all.length) % all.length];
    next.focus();
    choose(next);
  });
  return (chosen) => {
    const all = buttons();
    const checked = all.find(chosen);
    for (const button of all) {
      button.setAttribute("aria-checked", String(button === checked));
      button.tabIndex = button === (checked ?? all[0]) ? 0 : -1;
    }
  };
}
