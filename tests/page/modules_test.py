"""The modules that only compute, in the browser that will run them."""
import pytest


@pytest.fixture(scope="module")
def page(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.address}/")
    yield page
    context.close()


def run(page, script, value=None):
    return page.evaluate(script, value)


def test_run_lengths_are_read_column_by_column(page):
    # 2 rows, 3 columns; runs 1 outside, 3 inside, 2 outside go down the columns: (1,0), (0,1), (1,1) are inside
    pixels = run(page, "async () => [...(await import('/assets/rle.js')).decodeMask({size: [2, 3], counts: [1, 3, 2]})]")
    assert pixels == [0, 1, 0, 1, 1, 0]


def test_run_lengths_of_any_mask_come_back(page):
    same = run(page, """async () => {
      const {decodeMask, encodeMask} = await import('/assets/rle.js');
      let seed = 7;
      return [[1, 1], [5, 3], [16, 9]].every(([width, height]) => {
        const mask = Uint8Array.from({length: width * height}, () => (seed = seed * 48271 % 2147483647) % 2);
        return decodeMask(encodeMask(mask, width, height)).join() === mask.join();
      });
    }""")
    assert same


def test_run_lengths_that_do_not_fit_are_refused(page):
    message = run(page, "async () => { try { (await import('/assets/rle.js')).decodeMask({size: [2, 2], counts: [3]}) } catch (e) { return e.message } }")
    assert message == "mask of 3 pixels, expected 4"


def test_zooming_keeps_the_point_under_the_pointer(page):
    before, after = run(page, """async () => {
      const {FITTED, toImage, transformOf, zoomedAt} = await import('/assets/geometry.js');
      const [image, pane, point] = [{width: 300, height: 200}, {width: 600, height: 600}, {x: 200, y: 310}];
      const view = zoomedAt(FITTED, image, pane, point, 4);
      return [FITTED, view].map((seen) => toImage(transformOf(seen, image, pane, 1000), point));
    }""")
    assert abs(before["x"] - after["x"]) < 1e-3 and abs(before["y"] - after["y"]) < 1e-3


def test_distances_use_both_sizes_of_a_pixel(page):
    # 3 pixels of 0.5 mm across, 2 of 1 mm down: sqrt(1.5^2 + 2^2) = 2.5
    script = "async (spacing) => (await import('/assets/geometry.js')).distance({x: 1, y: 1}, {x: 4, y: 3}, spacing)"
    assert run(page, script, {"x": 0.5, "y": 1.0}) == {"value": 2.5, "unit": "mm"}
    in_pixels = run(page, script)
    assert in_pixels["unit"] == "px" and abs(in_pixels["value"] - 13**0.5) < 1e-12


def test_scale_bar_is_the_largest_round_length_that_fits(page):
    # 160 CSS pixels at 3 a mm are 53 mm: 50
    script = "async ([room, scale]) => (await import('/assets/geometry.js')).scaleBarLength(room, scale)"
    assert [run(page, script, pair) for pair in ([160, 3], [160, 40], [160, 1000])] == [50, 2, 0.1]


def test_outlines_follow_the_edges_of_pixels(page):
    loops = run(page, "async () => (await import('/assets/contour.js')).outlines(Uint8Array.of(0,0,0,0, 0,1,1,0, 0,0,0,0), 4, 3)")
    assert [sorted(loop) for loop in loops] == [[[1, 1], [1, 2], [3, 1], [3, 2]]]


def test_outlines_of_a_ring_are_two(page):
    loops = run(page, "async () => (await import('/assets/contour.js')).outlines(Uint8Array.of(1,1,1, 1,0,1, 1,1,1), 3, 3)")
    assert sorted(len(loop) for loop in loops) == [4, 4]


def test_window_spreads_its_range_over_all_greys(page):
    # level 100, width 50: black up to 75, white from 125 on, 100 in the middle
    table = run(page, "async () => [...(await import('/assets/window_level.js')).windowTable({width: 50, level: 100, invert: false})]")
    assert [table[value] for value in (0, 75, 100, 125, 255)] == [0, 0, 128, 255, 255]


EDITOR = "const {MaskEditor} = await import('/assets/mask_editor.js'); const editor = new MaskEditor(9, 7);"


def test_a_brush_of_three_pixels_paints_a_cross_of_nine(page):
    # around the middle (4.5, 3.5) of pixel (4, 3): all middles within 1.5 px, which are the 3 x 3 pixels (sqrt 2 = 1.41)
    pixels = run(page, "async () => {" + EDITOR + "editor.stroke({x: 4.5, y: 3.5}, {x: 4.5, y: 3.5}, 3, 1); return [...editor.pixels]}")
    assert [at for at, value in enumerate(pixels) if value] == [row * 9 + column for row in (2, 3, 4) for column in (3, 4, 5)]


def test_steps_are_undone_and_done_again_in_order(page):
    states = run(page, "async () => {" + EDITOR + """
      const seen = [];
      const area = () => seen.push(editor.pixels.reduce((sum, value) => sum + value, 0));
      for (const [x, value] of [[1, 1], [4, 1], [4, 0]]) {
        editor.begin(); editor.stroke({x: x + .5, y: 3.5}, {x: x + .5, y: 3.5}, 1, value); editor.commit(); area();
      }
      for (const what of ['undo', 'undo', 'undo', 'undo', 'redo', 'redo', 'redo', 'redo']) { editor.history[what](); area(); }
      return seen;
    }""")
    assert states == [1, 2, 1, 2, 1, 0, 0, 1, 2, 1, 1]


def test_a_new_step_ends_redoing(page):
    redo = run(page, "async () => {" + EDITOR + """
      const dot = (x) => { editor.begin(); editor.stroke({x, y: 1.5}, {x, y: 1.5}, 1, 1); editor.commit(); };
      dot(1.5); editor.history.undo(); dot(3.5);
      return editor.history.redo();
    }""")
    assert redo is False


def test_filling_needs_a_closed_outline(page):
    ring, leak = run(page, "async () => {" + EDITOR + """
      const walls = [[2,1],[3,1],[4,1],[2,2],[4,2],[2,3],[3,3],[4,3]];
      for (const [x, y] of walls) editor.pixels[y * 9 + x] = 1;
      const filled = editor.fill({x: 3.5, y: 2.5}, 1);
      return [[filled, editor.pixels[2 * 9 + 3]], editor.fill({x: 8.5, y: 6.5}, 1)];
    }""")
    assert ring == [True, 1] and leak is False


def test_figures_of_a_training_take_the_columns_that_are_there(page):
    titles = run(page, "async () => (await import('/assets/charts.js')).figuresOf(['stage', 'epoch', 'train_loss', 'val_loss', 'val_auc']).map(f => [f.title, f.columns])")
    assert titles == [["Loss", ["train_loss", "val_loss"]], ["Validation: accuracy, AUC, overlap", ["val_auc"]]]
