"""The one style sheet. Widgets choose a variant by a dynamic property, never by a sheet of their own."""

from __future__ import annotations

from pathlib import Path
from string import Template

from workbench.colors import Colors

_FOLDER = Path(__file__).parent


def style_sheet(colors: Colors) -> str:
    """The application's style sheet in these colours."""
    names = {name: getattr(colors, name) for name in Colors.__slots__}
    images = {
        name: f'url("{(_FOLDER / f"{name}-{colors.scheme}.svg").as_posix()}")'
        for name in ("up", "down", "right")
    }
    marks = {name: f'url("{(_FOLDER / f"{name}.svg").as_posix()}")' for name in ("check", "dot")}
    return Template(_SHEET).substitute(names, **images, **marks)


_SHEET = """
QToolTip { background: $raised; color: $text; border: 1px solid $outline; padding: 4px 6px; }

QMenuBar { background: $window; padding: 2px 4px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 28px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; spacing: 2px; padding: 3px 6px; }
QToolBar::separator { width: 1px; background: $border; margin: 5px 6px; }
QToolButton { border: 1px solid transparent; border-radius: 5px; padding: 4px 8px; background: transparent; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $selection; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton[compact="true"] { padding: 2px; }

QStatusBar { background: $window; border-top: 1px solid $border; color: $dim; }
QStatusBar::item { border: none; }

QMainWindow::separator { width: 5px; height: 5px; }
QMainWindow::separator:vertical { background: qlineargradient(x1:0, y1:0, x2:1, y2:0,
  stop:0.39 $window, stop:0.4 $border, stop:0.6 $border, stop:0.61 $window); }
QMainWindow::separator:horizontal { background: qlineargradient(x1:0, y1:0, x2:0, y2:1,
  stop:0.39 $window, stop:0.4 $border, stop:0.6 $border, stop:0.61 $window); }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent; }
QWidget[role="title"] { background: $window; }

QTabWidget::pane { border: none; border-top: 1px solid $border; background: $base; }
QTabBar { qproperty-drawBase: 0; background: transparent; }
QTabBar::tab { background: transparent; color: $dim; padding: 7px 14px; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }

QPushButton { background: $raised; border: 1px solid $outline; border-radius: 5px; padding: 5px 14px; min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $selection; }
QPushButton:checked { background: $selection; border-color: $accent; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $disabled; border-color: $border; background: $window; }
QPushButton[primary="true"] { background: $primary; border-color: $primary; color: $on_primary; font-weight: 600; }
QPushButton[primary="true"]:hover { background: $primary_hover; border-color: $primary_hover; }
QPushButton[primary="true"]:focus { border-color: $text; }
QPushButton[primary="true"]:disabled { background: $track; border-color: $track; color: $disabled; }
QPushButton[flat="true"] { background: transparent; border-color: transparent; }
QPushButton[flat="true"]:hover { background: $hover; }
QPushButton[flat="true"]:focus { border-color: $accent; }
QPushButton[chip="true"] { border-color: $border; border-radius: 10px; padding: 1px 8px; min-height: 16px; color: $dim; background: transparent; }
QPushButton[chip="true"]:hover, QPushButton[chip="true"]:focus { border-color: $accent; color: $text; }
QPushButton[chip="true"][on="true"] { background: $selection; border-color: $accent; color: $text; padding-right: 22px; }
QPushButton[chip="true"]:disabled { color: $disabled; }
QToolButton[chip="true"] { padding: 0; border-radius: 9px; }
QPushButton[quiet="true"] { padding: 2px 6px; }
QPushButton[segment="first"], QPushButton[segment="middle"], QPushButton[segment="last"] { padding: 5px 6px; }
QPushButton[segment="first"] { border-top-right-radius: 0; border-bottom-right-radius: 0; }
QPushButton[segment="middle"] { border-radius: 0; border-left: none; }
QPushButton[segment="last"] { border-top-left-radius: 0; border-bottom-left-radius: 0; border-left: none; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {
  background: $base; border: 1px solid $outline; border-radius: 5px; padding: 4px 7px; min-height: 18px;
  selection-background-color: $primary; selection-color: #FFFFFF; }
QSpinBox, QDoubleSpinBox { max-height: 18px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled { color: $disabled; background: $window; border-color: $border; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QComboBox[wrong="true"] { border-color: $error; }
QAbstractSpinBox { padding-right: 20px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 18px; border: none; background: transparent; subcontrol-origin: border; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 1px 1px 0 0; border-top-right-radius: 4px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 1px 1px 0; border-bottom-right-radius: 4px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: $up; width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: $down; width: 10px; height: 10px; }
QComboBox::drop-down { width: 22px; border: none; subcontrol-origin: border; subcontrol-position: center right; }
QComboBox::down-arrow { image: $down; width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $border; padding: 3px; outline: none;
  selection-background-color: $selection; selection-color: $text; }

QCheckBox, QRadioButton { spacing: 7px; }
QCheckBox::indicator, QRadioButton::indicator { width: 15px; height: 15px; border: 1px solid $outline; background: $base; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QCheckBox:focus::indicator, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $primary; border-color: $primary; image: $check; }
QRadioButton::indicator:checked { background: $primary; border-color: $primary; image: $dot; }

QAbstractItemView { background: $base; alternate-background-color: $alternate; border: none; outline: none; }
QHeaderView { background: $window; }
QHeaderView::section { background: $window; color: $dim; border: none; border-bottom: 1px solid $border; padding: 4px 6px; }
QHeaderView::section:hover { color: $text; background: $hover; }
QHeaderView::up-arrow { image: $up; width: 9px; height: 9px; subcontrol-position: center right; right: 3px; }
QHeaderView::down-arrow { image: $down; width: 9px; height: 9px; subcontrol-position: center right; right: 3px; }
QTableCornerButton::section { background: $window; border: none; }
QTreeView[role="popup"], QListView[role="popup"] { background: $raised; border: 1px solid $outline; padding: 2px; }
QTreeView[role="popup"]::item, QListView[role="popup"]::item { padding: 3px 6px; }
QToolButton[menu="true"] { padding: 1px 18px 1px 4px; }
QToolButton[menu="true"]::menu-indicator { image: $down; width: 10px; height: 10px;
  subcontrol-origin: border; subcontrol-position: center right; right: 5px; }
QTreeView::branch { background: transparent; }
QPlainTextEdit, QTextEdit { background: $base; border: none; selection-background-color: $primary; selection-color: #FFFFFF; }
QPlainTextEdit[role="field"] { border: 1px solid $outline; border-radius: 5px; padding: 3px; }
QPlainTextEdit[role="field"]:focus { border-color: $accent; }
QTextBrowser[role="text"] { background: transparent; }
QScrollArea, QScrollArea > QWidget > QWidget[page="true"] { background: transparent; border: none; }

QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $outline; border-radius: 3px; margin: 2px 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:horizontal { margin: 3px 2px; }
QScrollBar::handle:hover { background: $accent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QProgressBar { background: $track; border: none; border-radius: 3px; text-align: center; min-height: 6px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QLabel { background: transparent; }
QLabel[role="dim"] { color: $dim; }
QLabel[role="error"] { color: $error; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="heading"] { color: $text; font-weight: 600; }
QFrame[role="chip"] { background: $raised; border: 1px solid $border; border-radius: 9px; }
QFrame[role="chip"]:hover, QFrame[role="chip"]:focus { border-color: $accent; }
QFrame[role="chip"][mixed="true"] { background: transparent; border: 1px dashed $outline; }
QFrame[role="panel"] { background: $base; border: 1px solid $border; border-radius: 8px; }
QFrame[role="banner"] { background: $selection; border: none; border-radius: 6px; }
QFrame[role="alarm"] { background: $window; border: none; border-bottom: 1px solid $border; border-left: 4px solid $warning; }
QDialog[role="popup"] { background: $raised; border: 1px solid $outline; }
QFrame[role="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QWidget[role="data"] { background: $base; }
"""
