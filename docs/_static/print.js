// Paper is white and cannot be unfolded: before printing the page takes the light theme and opens what is folded.
{
  const html = document.documentElement;
  let theme, folded;
  addEventListener("beforeprint", () => {
    theme = html.dataset.theme;
    folded = [...document.querySelectorAll("details:not([open])")];
    html.dataset.theme = "light";
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    html.dataset.theme = theme;
    for (const part of folded) part.open = false;
  });
}
