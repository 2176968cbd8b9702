// <a href="/cancel/" data-dialog="cancel-dialog">: a question in place, where there is script;
// the link leads to the page that asks the same, where there is none.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (!dialog?.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
});
