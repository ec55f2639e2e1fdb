from __future__ import annotations

from pytestqt.qtbot import QtBot

from widgets.parts import ElidedButton

NAME = "augmentation & weight decay, second week"


def test_a_buttons_words_end_in_an_ellipsis_where_there_is_no_room(qtbot: QtBot) -> None:
    button = ElidedButton()
    qtbot.addWidget(button)
    button.set_full(NAME)
    wide = button.sizeHint().width()
    button.resize(wide, 30)
    button.show()
    qtbot.waitExposed(button)
    assert button.text() == NAME.replace("&", "&&")
    button.resize(wide // 2, 30)
    assert button.text().endswith("…")
    assert button.text()[:12] == NAME[:12]
    assert button.sizeHint().width() == wide
    assert button.minimumSizeHint().width() < wide // 2
    button.resize(wide, 30)
    assert button.text() == NAME.replace("&", "&&")
